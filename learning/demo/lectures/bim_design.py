"""BIM Collaborative Design: three lectures of thirty seconds.

Facts: ISO 16739 (IFC), ISO 19650 (information states), GB/T 51212-2016,
GB/T 51235-2017 and GB/T 51301-2018.
"""

from learning.demo.lectures.course import DemoCourse, Teacher, slide
from learning.demo.script import LectureScript

SLUG = "bim-design"
TITLE_ZH = "BIM 协同设计与施工应用"

# A card is two lines, what is written and what is said, each in zh and en: the formatter
# would make it six.
# fmt: off
FIRST = LectureScript(
    f"{SLUG}-1",
    TITLE_ZH,
    1,
    "BIM 是什么",
    "What BIM is",
    (
        slide(
            10,
            "不只是三维图",
            "More than a 3D drawing",
            ("几何：构件的形状和位置", "Geometry: shape and place",
             "模型里有几何：形状和位置。", "A model holds geometry: shape and place."),
            ("属性：材料、型号、耐火等级", "Properties: material, type, fire rating",
             "还有属性：材料、型号、耐火等级。", "It holds properties: material, type and fire rating."),
            ("关系：谁支承谁、谁连着谁", "Relations: what bears and joins what",
             "还有关系：谁支承谁，谁连着谁。", "And it holds relations: what bears what, what joins what."),
        ),
        slide(
            10,
            "交换靠开放标准",
            "Exchange by open standards",
            ("IFC：模型的开放交换格式", "IFC: the open format for models",
             "IFC 是模型的开放交换格式。", "IFC is the open format for exchanging models."),
            ("BCF：传递问题和视点", "BCF: passing issues and viewpoints",
             "BCF 用来传递问题和视点。", "BCF passes on issues and the views that show them."),
            ("国标：应用、施工、交付各有规定", "National standards for use and delivery",
             "应用、施工和交付都有国家标准。", "National standards cover use, building and delivery."),
        ),
        slide(
            10,
            "模型做多细？",
            "How fine a model?",
            ("LOD 1.0：项目级，看体量", "LOD 1.0: the project, its mass",
             "LOD 1.0 是项目级，看体量。", "LOD 1.0 shows the project as a mass."),
            ("LOD 2.0：功能级，看空间", "LOD 2.0: function, its spaces",
             "2.0 是功能级，看空间。", "LOD 2.0 shows functions and spaces."),
            ("LOD 3.0：构件级，看构件", "LOD 3.0: its components",
             "3.0 是构件级，看构件。", "LOD 3.0 shows the components."),
            ("LOD 4.0：零件级，可供加工", "LOD 4.0: parts, fit for making",
             "4.0 是零件级，可供加工。", "LOD 4.0 shows parts, fit for making."),
        ),
    ),
)

SECOND = LectureScript(
    f"{SLUG}-2",
    TITLE_ZH,
    2,
    "各专业怎样协同",
    "How disciplines work together",
    (
        slide(
            10,
            "开工前先定规矩",
            "Rules before work begins",
            ("执行计划：谁建什么、何时交", "Execution plan: who, what, when",
             "执行计划写明谁建什么、何时交。", "The execution plan says who models what, and by when."),
            ("同原点：坐标和标高要统一", "One origin: shared coordinates, levels",
             "坐标和标高要统一，否则合不上。", "Coordinates and levels must agree, or models will not fit."),
            ("同命名：文件和构件按规则命名", "One naming rule",
             "文件和构件，按同一规则命名。", "Files and components follow one naming rule."),
        ),
        slide(
            10,
            "公共数据环境的四种状态",
            "Four states of shared data",
            ("工作中：只在本专业内使用", "Work in progress: one discipline only",
             "工作中，只在本专业内使用。", "In progress: used within one discipline."),
            ("已共享：供别的专业参照", "Shared: for others to refer to",
             "已共享，供其他专业参照。", "Shared: others may refer to it."),
            ("已发布：批准用于施工等用途", "Published: approved for use",
             "已发布，批准后用于施工。", "Published: approved, for instance for building."),
            ("已归档：留下可查的历史", "Archived: a record to look up",
             "已归档，历史随时可查。", "Archived: history that can be looked up."),
        ),
        slide(
            10,
            "碰撞检查怎么做？",
            "Finding clashes",
            ("硬碰撞：两个构件占了同一处", "Hard: two things in one place",
             "硬碰撞，是两个构件占了同一处。", "A hard clash: two components take the same place."),
            ("软碰撞：净距和检修空间不够", "Soft: too little clearance",
             "软碰撞，是净距或检修空间不够。", "A soft clash: too little clearance or room for upkeep."),
            ("要闭环：指定人、限期、复查", "Close it: a name, a date, a check",
             "每个问题都要有人改、有人复查。", "Each issue has someone to mend it and someone to check."),
        ),
    ),
)

THIRD = LectureScript(
    f"{SLUG}-3",
    TITLE_ZH,
    3,
    "把模型用到工地",
    "The model on site",
    (
        slide(
            10,
            "加上时间和费用",
            "Adding time and cost",
            ("4D：模型加进度，预演施工", "4D: model plus schedule",
             "4D 是模型加进度，可以预演施工。", "4D is the model plus time: building can be rehearsed."),
            ("5D：再加费用，随时算量", "5D: plus cost and quantities",
             "5D 再加费用，随时能算量。", "5D adds cost, with quantities at any time."),
            ("要挂接：构件对应任务和清单", "Link components to tasks and bills",
             "前提是构件和任务、清单挂接好。", "Both need components linked to tasks and to the bill."),
        ),
        slide(
            10,
            "现场三个用处",
            "Three uses on site",
            ("交底：用模型讲清复杂节点", "Briefing: show difficult joints",
             "用模型交底，复杂节点一看就懂。", "Brief with the model: a hard joint is seen at a glance."),
            ("预制：按模型下料、工厂加工", "Prefabrication from the model",
             "按模型下料，在工厂预制加工。", "Cut from the model and prefabricate in the factory."),
            ("放样：坐标导入全站仪", "Setting out by total station",
             "把坐标导入全站仪，直接放样。", "Load coordinates into the total station and set out."),
        ),
        slide(
            10,
            "竣工交付不走样",
            "Handing over what was built",
            ("随变更：改了现场就改模型", "Follow changes on site",
             "现场变更，模型跟着改。", "When the site changes, the model follows."),
            ("核实物：扫描点云对照模型", "Compare with a scan",
             "用扫描点云和模型对照核实。", "Check the model against a scanned point cloud."),
            ("交运维：只留运维要用的信息", "Hand over what upkeep needs",
             "交给运维，只留他们用得上的信息。", "Hand to operations only what they can use."),
        ),
    ),
)
# fmt: on

BIM_DESIGN = DemoCourse(
    slug=SLUG,
    title_zh=TITLE_ZH,
    title_en="BIM Collaborative Design",
    subject="professional",
    summary_zh="面向设计和施工人员：认识 BIM 与开放标准，掌握多专业协同和碰撞检查，"
    "把模型用到进度、预制、放样和竣工交付。",
    summary_en="For designers and builders: BIM and its open standards, working across "
    "disciplines, finding clashes, and using the model on site up to handover.",
    will_learn_zh=(
        "说清模型里的几何、属性和关系，以及 IFC、BCF 的用途",
        "按执行计划和四种数据状态开展协同",
        "区分硬碰撞和软碰撞，让问题闭环",
        "把模型用于 4D、预制、放样和竣工交付",
    ),
    will_learn_en=(
        "Explain geometry, properties and relations in a model, and what IFC and BCF do",
        "Work together by an execution plan and four states of data",
        "Tell hard clashes from soft ones, and close every issue",
        "Use the model for 4D, prefabrication, setting out and handover",
    ),
    teacher=Teacher(
        "孙立新",
        "Sun Lixin",
        "高级工程师，县级基地 BIM 中心",
        "Senior engineer, BIM centre of the county base",
    ),
    lectures=(FIRST, SECOND, THIRD),
)
