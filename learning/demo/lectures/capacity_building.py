"""Building Innovative Capacity: three lectures of forty seconds.

Facts: Patent Law of China (2020), articles 22 (novelty, inventiveness, use) and 42
(terms of 20, 10 and 15 years).
"""

from learning.demo.lectures.course import DemoCourse, Teacher, slide
from learning.demo.script import LectureScript

SLUG = "capacity-building"
TITLE_ZH = "专业技术人员创新能力建设"

# A card is two lines, what is written and what is said, each in zh and en: the formatter
# would make it six.
# fmt: off
FIRST = LectureScript(
    f"{SLUG}-1",
    TITLE_ZH,
    1,
    "找到值得解决的问题",
    "Finding a problem worth solving",
    (
        slide(
            10,
            "创新从问题开始",
            "Innovation begins with a problem",
            ("看现场：到用的人身边去看", "Go where the work is done",
             "先到现场，看人们怎样做事。", "First go on site and watch how people work."),
            ("问五次：一层层追问为什么", "Ask why five times",
             "遇到毛病，连问五次为什么。", "When something fails, ask why five times over."),
            ("写清楚：一句话说出问题", "State it in one sentence",
             "最后用一句话把问题写清楚。", "In the end, write the problem in a single sentence."),
        ),
        slide(
            10,
            "好问题的三个标准",
            "Three marks of a good problem",
            ("有人要：解决了谁会受益？", "Wanted: who gains?",
             "有人要：说得出谁会受益。", "It is wanted: you can say who will gain."),
            ("量得出：用什么指标衡量？", "Measurable: by which figure?",
             "量得出：有一个可以衡量的指标。", "It can be measured: there is a figure for success."),
            ("做得到：资源和时间够不够？", "Feasible: enough means and time?",
             "做得到：人手、经费和时间够用。", "It is feasible with the people, money and time you have."),
        ),
        slide(
            10,
            "先查，再做",
            "Search before you build",
            ("查文献：别人做到了哪一步", "Papers: how far others have come",
             "查文献，看别人做到了哪一步。", "Search the papers: how far have others come?"),
            ("查专利：避免重复和侵权", "Patents: neither repeat nor infringe",
             "查专利，避免重复，也避免侵权。", "Search patents, so as neither to repeat nor to infringe."),
            ("查标准：哪些要求必须遵守", "Standards: what must be met",
             "查标准，弄清必须遵守的要求。", "Search the standards for what must be met."),
        ),
        slide(
            10,
            "本讲小结",
            "In short",
            ("问题先于办法", "The problem before the method",
             "先有问题，再谈办法。", "First the problem, then the method."),
            ("证据先于意见", "Evidence before opinion",
             "先有证据，再谈意见。", "First the evidence, then the opinion."),
            ("查新先于动手", "Search before work", "先查清楚，再动手做。", "First search, then begin the work."),
        ),
    ),
)

SECOND = LectureScript(
    f"{SLUG}-2",
    TITLE_ZH,
    2,
    "从想法到方案",
    "From idea to plan",
    (
        slide(
            10,
            "头脑风暴四条规矩",
            "Four rules of brainstorming",
            ("不评判：先不说行不行", "No judging yet",
             "第一，提想法时先不评判。", "One: do not judge while ideas come."),
            ("求数量：想法越多越好", "Seek many", "第二，想法越多越好。", "Two: the more ideas the better."),
            ("敢想象：欢迎大胆的点子", "Welcome the bold", "第三，欢迎大胆的点子。", "Three: bold ideas are welcome."),
            ("可搭车：在别人想法上改进", "Build on others",
             "第四，可以接着别人的想法改。", "Four: build on the ideas of others."),
        ),
        slide(
            10,
            "换个角度：检核法",
            "Another angle: a checklist",
            ("替代：换材料、换工序行不行？", "Replace a material or a step?",
             "能不能换一种材料或工序？", "Could another material or step take its place?"),
            ("合并：两个步骤能否合成一个？", "Combine two steps into one?",
             "两个步骤能不能合成一个？", "Could two steps become one?"),
            ("去除：哪些环节可以不要？", "Remove what is not needed?",
             "哪些环节其实可以不要？", "Which parts could simply go?"),
        ),
        slide(
            10,
            "挑出最好的方案",
            "Choosing the best plan",
            ("列指标：效果、成本、风险、工期", "Criteria: effect, cost, risk, time",
             "先列指标：效果、成本、风险、工期。", "List the criteria: effect, cost, risk and time."),
            ("定权重：打分之前先定好", "Weights set before scoring",
             "打分之前，先把权重定好。", "Fix the weights before you give any score."),
            ("小试验：用最小代价验证", "A small trial at least cost",
             "再用最小的代价做一次验证。", "Then test it once at the least possible cost."),
        ),
        slide(
            10,
            "一步步改进",
            "Improving step by step",
            ("计划：定目标、定措施", "Plan: aims and measures",
             "计划，定好目标和措施。", "Plan: set the aim and the measures."),
            ("执行：按计划小范围做", "Do: on a small scale",
             "执行，先在小范围里做。", "Do: try it first on a small scale."),
            ("检查：对照目标看结果", "Check: results against the aim",
             "检查，拿结果对照目标。", "Check: hold the result against the aim."),
            ("处理：好的固化、差的再改", "Act: keep the good, mend the rest",
             "处理，好的固化，差的再改。", "Act: keep what is good and mend the rest."),
        ),
    ),
)

THIRD = LectureScript(
    f"{SLUG}-3",
    TITLE_ZH,
    3,
    "保护成果与团队协作",
    "Protecting results, working together",
    (
        slide(
            10,
            "专利有三种",
            "Three kinds of patent",
            ("发明：方法或产品，保护 20 年", "Invention: method or product, 20 years",
             "发明专利，保护期二十年。", "An invention patent lasts twenty years."),
            ("实用新型：形状构造，保护 10 年", "Utility model: shape, structure, 10 years",
             "实用新型，保护期十年。", "A utility model lasts ten years."),
            ("外观设计：外形图案，保护 15 年", "Design: form and pattern, 15 years",
             "外观设计，保护期十五年。", "A design lasts fifteen years. All run from filing."),
        ),
        slide(
            10,
            "申请之前别公开",
            "File before you publish",
            ("新颖性：申请日前没有公开过", "Novelty: unpublished before filing",
             "新颖性，要求申请日前没有公开。", "Novelty: it was not made public before the filing date."),
            ("创造性：不是轻易想得到的", "Inventiveness: not obvious",
             "创造性，要求不是轻易想得到的。", "Inventiveness: it is not something obvious."),
            ("实用性：能制造、能使用", "Use: it can be made and used",
             "实用性，要求能制造、能使用。", "Practical use: it can be made and used."),
        ),
        slide(
            10,
            "跨专业团队",
            "A team across fields",
            ("同目标：一张纸写清要做成什么", "One aim, on one page",
             "团队先在一张纸上写清目标。", "A team first writes its aim on one page."),
            ("分角色：谁决定、谁执行、谁配合", "Roles: decide, do, support",
             "分清谁决定、谁执行、谁配合。", "Make clear who decides, who does and who supports."),
            ("常碰头：问题当天说、当天记", "Meet often, note problems at once",
             "问题当天说，当天记下来。", "Raise problems the same day, and note them down."),
        ),
        slide(
            10,
            "把成果推广出去",
            "Spreading the result",
            ("写标准：把做法写成作业指导", "Write the working instruction",
             "把好做法写成作业指导书。", "Turn good practice into a working instruction."),
            ("做培训：让一线的人会用", "Train those who will use it",
             "做好培训，让一线的人会用。", "Train the people who will use it."),
            ("看效果：半年后再量一次", "Measure again in half a year",
             "半年后，再量一次效果。", "Half a year later, measure the effect again."),
        ),
    ),
)
# fmt: on

CAPACITY_BUILDING = DemoCourse(
    slug=SLUG,
    title_zh=TITLE_ZH,
    title_en="Building Innovative Capacity",
    subject="public",
    summary_zh="从发现问题、产生想法、比较方案，到保护和推广成果，用三讲走完一次完整的创新过程。",
    summary_en="Three lectures through one whole innovation: finding the problem, making and "
    "choosing ideas, protecting the result and spreading it.",
    will_learn_zh=(
        "把现场的毛病写成一个值得解决的问题",
        "动手之前查文献、查专利、查标准",
        "用头脑风暴、检核法和加权打分选出方案",
        "分清三种专利，懂得先申请、后公开",
    ),
    will_learn_en=(
        "Turn trouble on site into a problem worth solving",
        "Search papers, patents and standards before you begin",
        "Make and choose plans by brainstorming, checklist and weighted scores",
        "Tell three kinds of patent apart, and file before you publish",
    ),
    teacher=Teacher(
        "刘启明",
        "Liu Qiming",
        "正高级工程师，技术创新中心主任",
        "Senior engineer, head of the innovation centre",
    ),
    lectures=(FIRST, SECOND, THIRD),
)
