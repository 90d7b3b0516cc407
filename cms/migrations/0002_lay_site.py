"""Lay the site: Wagtail's welcome page makes way for the front page in both languages.

Written with plain rows, not with the tree's own methods, so that it runs on the
models of this migration and, for tests whose database was flushed, on today's.
"""

import uuid

from django.db import migrations

SITE_NAME = "学时簿 Hourbook"
STEP = 4
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

FRONT = {
    "zh-hans": {
        "title": "首页",
        "headline": "每一学时，都查得到是哪几秒",
        "intro": "看课、考试、审核、发证都在这里办。学时由服务器逐秒判断，每个数字都能点开看依据。",
    },
    "en": {
        "title": "Home",
        "headline": "Every hour opens into its seconds",
        "intro": "Courses, exams, audit and certificates in one place. The server judges every second, and every figure shows what it rests on.",
    },
}
SECTIONS = (
    ("CourseIndexPage", "courses", {"zh-hans": "课程", "en": "Courses"}),
    ("NoticeIndexPage", "notices", {"zh-hans": "通知公告", "en": "Notices"}),
    ("HelpIndexPage", "help", {"zh-hans": "帮助", "en": "Help"}),
)


def _next_path(parent_path, taken):
    """Return the first free path below a parent: materialised paths count in base 36, four digits a level."""
    depth_paths = [path for path in taken if len(path) == len(parent_path) + STEP and path.startswith(parent_path)]
    number = int(max(depth_paths)[-STEP:], 36) + 1 if depth_paths else 1
    digits = ""
    for _ in range(STEP):
        number, digit = divmod(number, 36)
        digits = DIGITS[digit] + digits
    return parent_path + digits


def lay(apps, schema_editor=None):
    """Make what is missing of root, locales, front pages, sections and site; a second call changes nothing."""
    Page = apps.get_model("wagtailcore", "Page")
    Site = apps.get_model("wagtailcore", "Site")
    Locale = apps.get_model("wagtailcore", "Locale")
    Collection = apps.get_model("wagtailcore", "Collection")
    ContentType = apps.get_model("contenttypes", "ContentType")
    FrontPage = apps.get_model("cms", "FrontPage")

    def kind(app_label, name):
        return ContentType.objects.get_or_create(app_label=app_label, model=name.lower())[0]

    locales = {code: Locale.objects.get_or_create(language_code=code)[0] for code in FRONT}
    if not Collection.objects.filter(depth=1).exists():
        Collection.objects.create(path="0001", depth=1, numchild=0, name="Root")
    root = Page.objects.filter(depth=1).order_by("path").first()
    if root is None:
        root = Page.objects.create(
            path="0001", depth=1, numchild=0, title="Root", draft_title="Root", slug="root", url_path="/",
            content_type=kind("wagtailcore", "Page"), locale=locales["zh-hans"], translation_key=uuid.uuid4(),
        )  # fmt: skip

    def add(name, parent, **facts):
        below = Page.objects.filter(path__startswith=parent.path, depth=parent.depth + 1)
        row = apps.get_model("cms", name).objects.create(
            path=_next_path(parent.path, list(below.values_list("path", flat=True))),
            depth=parent.depth + 1, numchild=0, draft_title=facts["title"], live=True,
            url_path=f"{parent.url_path}{facts['slug']}/", content_type=kind("cms", name), **facts,
        )  # fmt: skip
        Page.objects.filter(pk=parent.pk).update(
            numchild=Page.objects.filter(path__startswith=parent.path, depth=parent.depth + 1).count()
        )
        return row

    fronts = {}
    front_key = uuid.uuid4()
    section_keys = {slug: uuid.uuid4() for _name, slug, _titles in SECTIONS}
    for code, facts in FRONT.items():
        held = FrontPage.objects.filter(locale=locales[code]).first()
        if held is not None:
            fronts[code] = held
            continue
        slug = "front" if code == "zh-hans" else f"front-{code}"
        fronts[code] = add("FrontPage", root, slug=slug, locale=locales[code], translation_key=front_key, **facts)
        for name, section_slug, titles in SECTIONS:
            add(
                name, fronts[code], slug=section_slug, title=titles[code],
                locale=locales[code], translation_key=section_keys[section_slug],
            )  # fmt: skip

    # The site points at the Chinese front; Wagtail finds the other language's by translation key.
    site = Site.objects.filter(is_default_site=True).first()
    if site is None:
        Site.objects.create(
            hostname="localhost", port=80, site_name=SITE_NAME, is_default_site=True, root_page_id=fronts["zh-hans"].pk
        )
    elif site.root_page_id != fronts["zh-hans"].pk:
        Site.objects.filter(pk=site.pk).update(root_page_id=fronts["zh-hans"].pk, site_name=SITE_NAME)
    welcome = Page.objects.filter(depth=2, slug="home", content_type=kind("wagtailcore", "Page"))
    Page.objects.filter(pk__in=list(welcome.values_list("pk", flat=True))).delete()
    Page.objects.filter(pk=root.pk).update(numchild=Page.objects.filter(path__startswith=root.path, depth=2).count())


class Migration(migrations.Migration):
    dependencies = [
        ("cms", "0001_initial"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("wagtailcore", "0097_baselogentry_uuid_action_timestamp_indexes"),
    ]

    operations = [migrations.RunPython(lay, migrations.RunPython.noop)]
