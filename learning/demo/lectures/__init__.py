"""The demo courses as data: three public topics and one professional course.

Source: R4 for the public topics of the year.
"""

from learning.demo.lectures.bim_design import BIM_DESIGN
from learning.demo.lectures.capacity_building import CAPACITY_BUILDING
from learning.demo.lectures.course import DemoCourse, Teacher
from learning.demo.lectures.professional_ethics import PROFESSIONAL_ETHICS
from learning.demo.lectures.regional_economy import REGIONAL_ECONOMY

__all__ = ["ALL_SCRIPTS", "COURSES", "DemoCourse", "Teacher"]

COURSES: tuple[DemoCourse, ...] = (
    PROFESSIONAL_ETHICS,
    CAPACITY_BUILDING,
    REGIONAL_ECONOMY,
    BIM_DESIGN,
)
ALL_SCRIPTS = tuple(lecture for course in COURSES for lecture in course.lectures)
