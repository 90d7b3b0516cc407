"""The nouns of cms: pages that visitors read, and the files of lectures."""

from cms.models.course_index import CourseIndexPage, CourseShelf
from cms.models.course_page import CoursePage, Lecture
from cms.models.front_page import FrontPage
from cms.models.help_page import HelpIndexPage, HelpPage
from cms.models.lecture_media import LectureMedia
from cms.models.notice_page import NoticeIndexPage, NoticePage

__all__ = [
    "CourseIndexPage",
    "CoursePage",
    "CourseShelf",
    "FrontPage",
    "HelpIndexPage",
    "HelpPage",
    "Lecture",
    "LectureMedia",
    "NoticeIndexPage",
    "NoticePage",
]
