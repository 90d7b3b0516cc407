"""Three notices, dated before the demo's day. The offices are those of the demo."""

from dataclasses import dataclass
from datetime import date, timedelta

ZH, EN = "zh-hans", "en"
BUREAU = {ZH: "开封市人力资源和社会保障局", EN: "Kaifeng HR Bureau"}
BASE = {ZH: "开封大学继续教育基地", EN: "Kaifeng University Base"}


@dataclass(frozen=True, slots=True)
class NoticeText:
    """One notice; `words` holds title, summary and text per language."""

    slug: str
    issued_on: date
    issuers: dict[str, str]
    words: dict[str, tuple[str, str, str]]


def notices(today: date) -> tuple[NoticeText, ...]:
    """Return the notices of this year; none is dated after `today` or before the year."""
    year = today.year
    new_year = date(year, 1, 1)
    return (
        NoticeText(
            slug=f"year-end-{year}",
            issued_on=max(today - timedelta(days=4), new_year),
            issuers=BUREAU,
            words={
                ZH: (
                    f"{year} 年度学时将于 12 月 31 日截止",
                    "12 月 31 日当天学完并考过的课程仍计入本年度。",
                    (
                        "<p>今年的学时以 12 月 31 日 24 时（北京时间）为界。这之前学完全部讲次并通过考试的课程，"
                        f"计入 {year} 年度；之后完成的，计入下一年度。</p>"
                        "<h2>正在等审核的学时怎么办</h2>"
                        "<p>已经学完、正在等基地审核或人社局确认的学时不受截止影响，会继续办理，仍计入本年度。</p>"
                        "<h2>建议</h2><ul><li>先看“我的年度”，弄清公需和合计各差多少。</li>"
                        "<li>考试可考两次，请给补考留出时间。</li></ul>"
                    ),
                ),
                EN: (
                    f"Hours for {year} close on 31 December",
                    "Courses finished and passed on 31 December still count for this year.",
                    (
                        "<p>The year ends at midnight (Beijing time) on 31 December. A course whose lectures are all "
                        f"complete and whose exam is passed by then counts for {year}; later ones count for "
                        "next year.</p>"
                        "<h2>Hours that are still being processed</h2>"
                        "<p>Hours you have earned but that a base or the bureau has yet to decide are not affected. "
                        "They are still processed and still count for this year.</p>"
                        "<h2>What we suggest</h2><ul><li>Open My year and see what the public and the total test each "
                        "lack.</li><li>An exam may be taken twice: leave time for the second attempt.</li></ul>"
                    ),
                ),
            },
        ),
        NoticeText(
            slug=f"public-topics-{year}",
            issued_on=min(date(year, 1, 8), today),
            issuers=BUREAU,
            words={
                ZH: (
                    f"{year} 年度公需科目学习内容",
                    "职业道德与学术诚信、创新能力建设、中原经济区与区域协同发展，共三个专题。",
                    (
                        f"<p>{year} 年度全市专业技术人员公需科目学习内容确定为三个专题：</p>"
                        "<ol><li>职业道德与学术诚信</li><li>创新能力建设</li><li>中原经济区与区域协同发展</li></ol>"
                        "<p>同一专题一年只计一次学时。公需科目由经认定的继续教育基地承担培训和考试。</p>"
                        "<p>高级、中级职称每年公需科目不少于 26 学时，初级职称不少于 22 学时；"
                        "专业科目学得再多，也不能抵公需科目。</p>"
                    ),
                ),
                EN: (
                    f"Public topics for {year}",
                    "Three topics: professional ethics, capacity building, and the regional economy.",
                    (
                        f"<p>The public subject of {year} has three topics for all professionals of the city:</p>"
                        "<ol><li>Professional ethics and academic integrity</li><li>Capacity building</li>"
                        "<li>The Central Plains regional economy</li></ol>"
                        "<p>Each topic counts once a year. Recognised continuing-education bases teach and "
                        "examine it.</p>"
                        "<p>Senior and intermediate titles need at least 26 public hours a year, junior titles 22. "
                        "Professional hours, however many, never fill the public ones.</p>"
                    ),
                ),
            },
        ),
        NoticeText(
            slug=f"new-course-{year}",
            issued_on=max(today - timedelta(days=19), new_year),
            issuers=BASE,
            words={
                ZH: (
                    "三门公需课全部上线，手机也能学",
                    "每讲配中英文字幕；换设备时从服务器记下的那一秒接着学。",
                    (
                        "<p>本年度三个公需专题的课程已全部发布，共十讲，都有中英文字幕。</p>"
                        "<p>电脑和手机都可以学，但同一时间只能在一台设备上计学时。换设备时，"
                        "从服务器已计入的那一秒接着放，不会重来。</p>"
                    ),
                ),
                EN: (
                    "All three public courses are online, on phones too",
                    "Every lecture has Chinese and English captions; another device resumes at the right second.",
                    (
                        "<p>The courses of this year's three public topics are all published: ten lectures, each with "
                        "Chinese and English captions.</p>"
                        "<p>You may study on a computer or a phone, but only one device earns hours at a time. Another "
                        "device resumes at the second the server has credited; nothing starts over.</p>"
                    ),
                ),
            },
        ),
    )
