"""What a rule set says, as one digest: officers issue what they looked at, and the ledger holds it fast."""

from learning.models import RuleSet
from learning.rules.digests import digest_of
from learning.rules.figures import YOUNGER_FIGURES


def digest(rule_set: RuleSet) -> str:
    """Return the digest of everything the set says, as it stands.

    A figure younger than the first sets is left out while it says what held before it, so that theirs still holds.
    """
    kept = RuleSet.objects.get(pk=rule_set.pk)
    rows = {
        row.title_level: {
            **{
                name: [str(figure.value), figure.region_code]
                for name, figure in row.figures.items()
                if name not in YOUNGER_FIGURES or figure.value != YOUNGER_FIGURES[name]
            },
            "article": [row.article_zh, row.article_en],
        }
        for row in kept.requirements.order_by("title_level")
    }
    return digest_of(
        {
            "region": kept.region_id,
            "label": kept.label,
            "effective_on": kept.effective_on.isoformat(),
            "source": kept.source,
            "accounting": kept.accounting,
            "point_centihours": kept.point_centihours or 0,
            "rows": rows,
        }
    )
