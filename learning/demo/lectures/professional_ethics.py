"""Professional Ethics and Academic Integrity: four lectures of thirty seconds."""

from learning.demo.lectures.course import DemoCourse, Teacher, slide
from learning.demo.script import LectureScript

SLUG = "professional-ethics"
TITLE_ZH = "职业道德与学术诚信"

# A card is two lines, what is written and what is said, each in zh and en: the formatter
# would make it six.
# fmt: off
FIRST = LectureScript(
    f"{SLUG}-1",
    TITLE_ZH,
    1,
    "职业道德的底线",
    "Where professional ethics begins",
    (
        slide(
            10,
            "专业人员对谁负责？",
            "To whom do we answer?",
            ("对公众：安全与健康放在首位", "The public: safety and health come first",
             "先说对公众：安全和健康永远排第一。", "First the public: safety and health always come first."),
            ("对委托人：尽职、保密、不欺瞒", "The client: diligence, confidence, candour",
             "对委托人，要尽职、保密，有话直说。", "To a client we owe diligence, confidence and plain words."),
            ("对同行：尊重成果、公正评价", "Colleagues: credit and fair judgement",
             "对同行，尊重成果，评价公正。", "To colleagues, respect for their work and fair judgement."),
        ),
        slide(
            10,
            "三条不能退的底线",
            "Three lines not to cross",
            ("不造假：数据、签字、报告都真实", "No falsehood in data, signatures, reports",
             "第一，数据、签字和报告都要真实。", "One: data, signatures and reports must be true."),
            ("不越权：只做能力范围内的事", "Stay within your competence",
             "第二，超出能力范围的事不签字。", "Two: do not sign for what lies beyond your competence."),
            ("不隐瞒：发现风险必须报告", "Report every danger you find",
             "第三，发现风险必须及时报告。", "Three: report a danger as soon as you find it."),
        ),
        slide(
            10,
            "遇到压力怎么办？",
            "When you are put under pressure",
            ("先核实：把事实和依据写下来", "Check, and write the facts down",
             "先核实，把事实和依据写下来。", "First check, and write down facts and grounds."),
            ("再说明：向上级书面讲清后果", "Explain the consequences in writing",
             "再书面向上级讲清可能的后果。", "Then explain the consequences to your superior in writing."),
            ("可上报：按程序向主管部门反映", "Go to the authority if you must",
             "仍无改正，就按程序向主管部门反映。", "If nothing changes, go to the authority by the proper way."),
        ),
    ),
)

SECOND = LectureScript(
    f"{SLUG}-2",
    TITLE_ZH,
    2,
    "什么是学术不端",
    "What academic misconduct is",
    (
        slide(
            10,
            "三种典型的不端",
            "Three classic forms",
            ("伪造：编出不存在的数据", "Fabrication: inventing data",
             "伪造，是编出根本没有的数据。", "Fabrication is inventing data that never existed."),
            ("篡改：改动或删去真实数据", "Falsification: altering real data",
             "篡改，是改动或删去真实的数据。", "Falsification is altering or leaving out real data."),
            ("剽窃：用别人的话和想法不注明", "Plagiarism: using others' work unnamed",
             "剽窃，是用了别人的成果却不注明。", "Plagiarism is using another's work without saying so."),
        ),
        slide(
            10,
            "容易忽视的行为",
            "What is easily overlooked",
            ("一稿多投：同一论文同时投几家", "One paper sent to several journals",
             "同一篇论文不能同时投给几家期刊。", "One paper may not go to several journals at once."),
            ("拆分发表：一项成果切成几篇", "Slicing one result into several papers",
             "也不要把一项成果硬切成几篇。", "Nor should one result be sliced into several papers."),
            ("代写代投：买卖论文和评审意见", "Bought papers and bought reviews",
             "买卖论文、伪造评审意见更是红线。", "Buying papers or faking reviews is a red line."),
        ),
        slide(
            10,
            "怎样正确引用",
            "Citing correctly",
            ("原文照录：加引号并标明出处", "Quoting: marks and a source",
             "原文照录，要加引号并标明出处。", "When you quote, use quotation marks and name the source."),
            ("转述观点：换了说法也要注明", "Paraphrase: still name the source",
             "换了说法的转述，同样要注明来源。", "A paraphrase in other words still needs its source."),
            ("公认常识：可以不加引用", "Common knowledge needs none",
             "人人皆知的常识，可以不加引用。", "What everybody knows needs no citation."),
        ),
    ),
)

THIRD = LectureScript(
    f"{SLUG}-3",
    TITLE_ZH,
    3,
    "署名、数据与评审",
    "Authorship, data and review",
    (
        slide(
            10,
            "谁可以署名？",
            "Who may be an author?",
            ("有贡献：参与设计、分析或撰写", "Contributed to design, analysis or writing",
             "署名的人，要对研究有实质贡献。", "An author has made a real contribution to the work."),
            ("认终稿：读过并同意发表", "Approved the final text",
             "要读过最后的稿子，并同意发表。", "An author has read the final text and agreed to it."),
            ("担责任：能说明自己那部分", "Answers for the part done",
             "还要能为自己负责的部分作说明。", "And an author can answer for his or her own part."),
        ),
        slide(
            10,
            "数据怎样保存？",
            "Keeping data",
            ("记得下：原始记录当场写、不涂改", "Record at once, never erase",
             "原始记录当场写，写错只划改、留痕。", "Record at once; strike errors out so they stay legible."),
            ("找得到：编号归档、按期保存", "Numbered, filed, kept for its term",
             "编号归档，保存到规定的期限。", "Number it, file it, and keep it for the full term."),
            ("看得清：别人能据此重做一遍", "Clear enough for others to repeat",
             "写得清楚，别人能据此重做一遍。", "Write so clearly that another could repeat the work."),
        ),
        slide(
            10,
            "评审中的诚信",
            "Integrity in review",
            ("要回避：与作者有利害关系", "Step aside when interests conflict",
             "和作者有利害关系，就要主动回避。", "If you have a conflict of interest, step aside."),
            ("要保密：未发表的内容不外传", "Keep unpublished work in confidence",
             "评审中看到的内容，不外传、不自用。", "What you read in review you neither pass on nor use."),
            ("要对事：意见写明依据", "Judge the work, and give grounds",
             "只评成果不评人，意见要写明依据。", "Judge the work, not the person, and give your grounds."),
        ),
    ),
)

FOURTH = LectureScript(
    f"{SLUG}-4",
    TITLE_ZH,
    4,
    "把诚信变成习惯",
    "Making integrity a habit",
    (
        slide(
            10,
            "利益冲突三步走",
            "Three steps for a conflict of interest",
            ("先识别：我会不会因此得利？", "Notice: could I gain from this?",
             "先问自己：我会不会因此得到好处？", "First ask yourself: could I gain from this?"),
            ("再申报：向单位说明情况", "Declare it to your unit",
             "有可能，就如实向单位申报。", "If so, declare it honestly to your unit."),
            ("后回避：不参与相关决定", "Withdraw from the decision",
             "由单位决定后，不再参与相关事项。", "Then stay out of the decision it touches."),
        ),
        slide(
            10,
            "使用智能工具的规矩",
            "Rules for AI tools",
            ("要核对：生成内容可能出错", "Check it: output may be wrong",
             "工具生成的内容可能出错，务必核对。", "What a tool writes may be wrong: always check it."),
            ("要说明：用在哪里写清楚", "Say where it was used",
             "用在哪里，按要求写清楚。", "Say where you used it, as the rules ask."),
            ("人负责：工具不能当作者", "People answer; a tool is no author",
             "工具不能署名，责任始终在人。", "A tool cannot be an author: people stay responsible."),
        ),
        slide(
            10,
            "今天就能做的事",
            "What you can do today",
            ("查一查：旧报告引用是否完整", "Check the citations in an old report",
             "翻一份旧报告，看引用是否完整。", "Take an old report and see if its sources are complete."),
            ("理一理：原始数据是否归档", "Check your raw data is filed",
             "看一看，原始数据是否都已归档。", "See whether all your raw data has been filed."),
            ("讲一讲：和同事交流一个案例", "Talk one case over with a colleague",
             "找一位同事，一起谈一个真实案例。", "Talk one real case over with a colleague."),
        ),
    ),
)
# fmt: on

PROFESSIONAL_ETHICS = DemoCourse(
    slug=SLUG,
    title_zh=TITLE_ZH,
    title_en="Professional Ethics and Academic Integrity",
    subject="public",
    summary_zh="从专业人员的责任讲起，说清学术不端、署名、引用、数据保存和利益冲突，帮您把诚信落到每天的工作里。",
    summary_en="From what professionals owe the public to misconduct, authorship, citation, "
    "data and conflicts of interest: integrity as daily practice.",
    will_learn_zh=(
        "说出专业人员对公众、委托人和同行的责任",
        "分清伪造、篡改和剽窃，正确引用他人成果",
        "判断谁可以署名，规范保存原始数据",
        "识别、申报并回避利益冲突",
    ),
    will_learn_en=(
        "State what professionals owe the public, clients and colleagues",
        "Tell fabrication, falsification and plagiarism apart, and cite correctly",
        "Decide who may be an author, and keep raw data properly",
        "Notice, declare and step back from a conflict of interest",
    ),
    teacher=Teacher(
        "周文静",
        "Zhou Wenjing",
        "教授，科研诚信办公室主任",
        "Professor, head of the research integrity office",
    ),
    lectures=(FIRST, SECOND, THIRD, FOURTH),
)
