"""The law of viewing time: pure arithmetic on plain values.

Nothing here knows a clock, a row, a socket or a setting; every instant is passed in.
"""
