from __future__ import annotations

from learning.rules import seals


def test_columns_shortens_and_fills_three_columns_of_four() -> None:
    assert seals.columns("开封市人力资源和社会保障局") == ("开封市人", "社局继续", "教育之章")


def test_columns_keeps_every_character_of_a_long_name() -> None:
    columns = seals.columns("新疆维吾尔自治区伊犁哈萨克自治州人力资源和社会保障局")

    assert "".join(columns) == "新疆维吾尔自治区伊犁哈萨克自治州人社局继续教育之章"
    assert len({len(column) for column in columns[:-1]}) == 1
