"""What a player speaks to over plain HTTP: not of any language, so outside its prefixes. Source: TRACKING §3."""

from django.urls import path

from tracking.views import fallback

app_name = "tracking-api"

urlpatterns = [
    path("open", fallback.open_session, name="open"),
    path("hb", fallback.speak, {"kind": "hb"}, name="hb"),
    path("ans", fallback.speak, {"kind": "ans"}, name="ans"),
    path("bye", fallback.speak, {"kind": "bye"}, name="bye"),
    path("beacon", fallback.beacon, name="beacon"),
]
