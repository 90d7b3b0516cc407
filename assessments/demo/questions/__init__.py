"""The demo question banks, one for each demo course, by the course's slug."""

from assessments.demo.question import DemoChoice, DemoQuestion
from assessments.demo.questions.bim_design import BIM_DESIGN
from assessments.demo.questions.capacity_building import CAPACITY_BUILDING
from assessments.demo.questions.professional_ethics import PROFESSIONAL_ETHICS
from assessments.demo.questions.regional_economy import REGIONAL_ECONOMY

__all__ = ["QUESTIONS", "DemoChoice", "DemoQuestion"]

QUESTIONS: dict[str, tuple[DemoQuestion, ...]] = {
    "professional-ethics": PROFESSIONAL_ETHICS,
    "capacity-building": CAPACITY_BUILDING,
    "regional-economy": REGIONAL_ECONOMY,
    "bim-design": BIM_DESIGN,
}
