"""The executable specification of the crediting rule, kept as the oracle of the tests.

Not ours to improve: the product is held against it step by step, so it stays in its own terse
style, outside ruff and mypy. It comes from the protocol's specification, unchanged below.

An executable specification, terse on purpose: hold the product against it (differential and
property tests); write the product in the house style, not in this one.


All times: integer ms on the server clock.  All media positions: integer whole seconds.
Coverage is a Python int used as a bit set (bit i = media second i fully played).
"""
from __future__ import annotations
import copy, hashlib
from dataclasses import dataclass, field

CAP_MS = 300_000          # most unspent play time a session may hoard (= resume window)
PT_SLACK_MS = 2_000       # tolerance of the client-attested play time only; the server clock has none
ANSWER_S = 60             # credit still granted after a presence check fell due and is unanswered
SEG_MAX_MS = 300_000
MAX_RUNS = 16
PLAY, IDLE, HIDDEN, WAIT = "p", "i", "h", "w"


class Reject(Exception):
    pass


def bits(runs, D):
    out = 0
    prev_ok = isinstance(runs, (list, tuple)) and len(runs) <= MAX_RUNS
    if not prev_ok:
        raise Reject("bad_runs")
    for r in runs:
        if not (isinstance(r, (list, tuple)) and len(r) == 2 and all(type(x) is int for x in r)):
            raise Reject("bad_runs")
        a, b = r
        if not (0 <= a < b <= D):
            raise Reject("bad_range")
        out |= ((1 << (b - a)) - 1) << a
    return out


def runs_of(x):
    out, base = [], 0
    while x:
        tz = (x & -x).bit_length() - 1
        x >>= tz
        base += tz
        ones = ((~x) & (x + 1)).bit_length() - 1      # trailing ones
        out.append((base, base + ones))
        x >>= ones
        base += ones
    return out


def lowest(x, n):
    """lowest n set bits of x"""
    out = 0
    for a, b in runs_of(x):
        if n <= 0:
            break
        k = min(n, b - a)
        out |= ((1 << k) - 1) << a
        n -= k
    return out


@dataclass
class Entry:
    sid: int; idx: int; kind: str; t0: int; t1: int; acc: int
    m0: int = 0; m1: int = 0; new: int = 0; dfr: int = 0; flags: int = 0; nhb: int = 0
    prev: bytes = b""; hash: bytes = b""

    def line(self):
        return "|".join(str(v) for v in ("trk1", self.sid, self.idx, self.kind, self.t0, self.t1,
                        self.acc, self.m0, self.m1, self.new, self.dfr, self.flags, self.nhb))


@dataclass
class Sess:                       # track_session + its ledger
    sid: int; media: int; D: int; rate: int; t_open: int
    ended: int | None = None; left: int = 0; sealed: bool = False
    entries: list = field(default_factory=list); head: bytes = b""

    def add(self, kind, t0, t1, acc, **kw):
        e = Entry(self.sid, len(self.entries), kind, t0, t1, acc, **kw)
        e.prev = self.head
        e.hash = hashlib.sha256(e.prev + e.line().encode()).digest()
        self.head = e.hash
        self.entries.append(e)


@dataclass
class Live:                       # track_live: ONE row per learner = the lease
    sid: int | None = None; epoch: int = 0; seq: int = 0; state: str = IDLE
    t_mark: int = 0; bucket: int = 0; granted: int = 0
    pt: int = 0                   # client-attested play time of this session, ms, monotone
    since_pass: int = 0; next_check: int = 10**9      # credited seconds
    chk: int | None = None
    seg: list | None = None       # open segment [m0,m1,t0,t1,acc,new,dfr,flags,nhb]


@dataclass
class Learner:                    # everything durable about one learner
    live: Live = field(default_factory=Live)
    sess: dict = field(default_factory=dict)
    cov: dict = field(default_factory=dict)      # media -> int bit set, confirmed
    prov: dict = field(default_factory=dict)     # media -> int bit set, earned since the last passed check ("rewind" mode)
    mode: str = "hold"                           # what a missed check does: "hold" | "rewind"

    def have(self, media):
        return self.cov.get(media, 0) | self.prov.get(media, 0)

    def earn(self, media, mask):
        d = self.prov if self.mode == "rewind" else self.cov
        d[media] = d.get(media, 0) | mask


class Core:
    """One method call = one message; `now` = server receive time."""

    def __init__(self, st: Learner, draw=lambda: 10**9):
        self.st, self.draw = st, draw

    # -- time accounting -------------------------------------------------
    def _accrue(self, now):
        """wall time on the server clock since the last mark -> budget; never negative, never twice"""
        L = self.st.live
        dt = max(0, now - L.t_mark)
        L.t_mark += dt
        inc = min(dt * self.st.sess[L.sid].rate // 100, max(0, CAP_MS - L.bucket))
        L.bucket += inc
        return inc

    def _afford(self, S):
        L = self.st.live
        return max(0, min(L.bucket // 1000,                                                   # server wall clock
                          (L.pt * S.rate * 101 // 10_000 + PT_SLACK_MS) // 1000 - L.granted,  # client's own play time
                          L.next_check + ANSWER_S - L.since_pass))                            # presence

    # -- segments --------------------------------------------------------
    def _close_seg(self):
        L = self.st.live
        if L.seg:
            m0, m1, t0, t1, acc, new, dfr, fl, nhb = L.seg
            self.st.sess[L.sid].add("seg", t0, t1, acc, m0=m0, m1=m1, new=new, dfr=dfr, flags=fl, nhb=nhb)
            L.seg = None

    def _log(self, runs, new_mask, t0, t1, acc, dfr, flags):
        L = self.st.live
        if not runs:
            if L.seg:
                L.seg[3] = t1; L.seg[4] += acc; L.seg[6] += dfr; L.seg[8] += 1
            elif acc or dfr:
                L.seg = [0, 0, t0, t1, acc, 0, dfr, flags, 1]
            return
        for i, (a, b) in enumerate(runs):
            new = (new_mask & (((1 << (b - a)) - 1) << a)).bit_count()
            g = L.seg
            if (g and i == 0 and len(runs) == 1 and g[7] == flags and g[0] <= a <= g[1] < b and g[1] > g[0]
                    and t1 - g[2] <= SEG_MAX_MS):
                g[1] = b; g[3] = t1; g[4] += acc; g[5] += new; g[6] += dfr; g[8] += 1
            else:
                self._close_seg()
                L.seg = [a, b, t0, t1, acc if i == 0 else 0, new, dfr if i == 0 else 0, flags, 1]

    # -- messages --------------------------------------------------------
    def open(self, now, sid, media, D, rate=100):
        st, L = self.st, self.st.live
        if L.sid is not None:
            self._end(now, "preempt")
        now = max(now, L.t_mark)
        L.sid, L.epoch, L.seq, L.state, L.granted, L.pt = sid, L.epoch + 1, 0, IDLE, 0, 0
        L.t_mark, L.bucket, L.seg = now, 0, None
        st.sess[sid] = Sess(sid, media, D, rate, now)
        st.sess[sid].add("open", now, now, 0, m0=media, m1=D, flags=rate)
        st.cov.setdefault(media, 0)
        if L.chk is not None:                    # an open check follows the learner into the next session
            L.chk = now; st.sess[sid].add("chk", now, now, 0)
        return L.epoch

    def resume(self, now, sid):
        L = self.st.live
        if L.sid != sid:
            raise Reject("session_ended")
        L.epoch += 1
        return L.epoch, L.seq

    def hb(self, now, epoch, seq, claims, pt, state, flags=0):
        st, L = self.st, self.st.live
        if L.sid is None or epoch != L.epoch:
            raise Reject("superseded")
        S = st.sess[L.sid]
        c = bits(claims, S.D)                    # validate before touching any state
        if seq <= L.seq:
            return {"seq": L.seq, "rem": [], "dup": True}
        t0 = L.t_mark
        acc = self._accrue(now)
        L.pt = max(L.pt, min(pt, L.t_mark - S.t_open + PT_SLACK_MS))
        want = c & ~st.have(S.media)
        take = lowest(want, self._afford(S)); n = take.bit_count()
        rem = want & ~take
        st.earn(S.media, take)
        L.bucket -= n * 1000; L.granted += n; L.since_pass += n
        self._log(runs_of(c & ~rem), take, t0, L.t_mark, acc, rem.bit_count(), flags)
        if state != L.state:
            self._close_seg()
        L.state, L.seq = state, seq
        if L.since_pass >= L.next_check and L.chk is None:
            L.chk = L.t_mark
            self._close_seg(); S.add("chk", L.t_mark, L.t_mark, 0)
        return {"seq": seq, "rem": runs_of(rem), "dup": False, "chk": L.chk is not None}

    def answer(self, now, epoch, ok):
        L = self.st.live
        if L.sid is None or epoch != L.epoch or L.chk is None:
            raise Reject("no_check")
        acc = self._accrue(now)
        self._log([], 0, L.t_mark, L.t_mark, acc, 0, 0)
        self._close_seg()
        self.st.sess[L.sid].add("ans", L.chk, L.t_mark, 0, flags=1 if ok else 0)
        L.chk = None                              # a wrong answer: the next hb issues a new check
        if ok:
            L.since_pass, L.next_check = 0, self.draw()
            for m, x in self.st.prov.items():
                self.st.cov[m] = self.st.cov.get(m, 0) | x
            self.st.prov.clear()
        return ok

    def miss(self, now, epoch):
        """deadline passed while connected.  hold: nothing is taken away, the stop in _afford is the sanction.
        rewind: what was earned since the last pass is void and must be watched again."""
        L = self.st.live
        if L.sid is None or epoch != L.epoch or L.chk is None:
            raise Reject("no_check")
        acc = self._accrue(now)
        self._log([], 0, L.t_mark, L.t_mark, acc, 0, 0)
        self._close_seg()
        S = self.st.sess[L.sid]
        S.add("void" if self.st.mode == "rewind" else "miss", L.chk, L.t_mark, 0)
        if self.st.mode == "rewind":
            self.st.prov.clear()
            L.since_pass, L.next_check, L.chk = 0, 0, None      # next hb issues a new check at once

    def _end(self, now, why):
        L = self.st.live
        S = self.st.sess[L.sid]
        acc = self._accrue(now)
        self._log([], 0, S.t_open, L.t_mark, acc, 0, 0)
        self._close_seg()
        S.ended, S.left = L.t_mark, 1000 * self._afford(S)
        S.add("end:" + why, L.t_mark, L.t_mark, 0, new=L.granted)
        L.bucket = 0
        L.sid, L.state, L.seg = None, IDLE, None

    def bye(self, now, epoch, seq, claims, pt):
        r = self.hb(now, epoch, seq, claims, pt, IDLE)
        self._end(now, "bye")
        return r

    def flush(self, now, sid, claims):
        """late claims for a session that was pre-empted: spend only what it had left"""
        st = self.st
        S = st.sess.get(sid)
        L = st.live
        if S is None or S.ended is None or S.sealed or st.mode == "rewind":
            raise Reject("sealed")
        want = bits(claims, S.D) & ~st.cov[S.media]
        take = lowest(want, min(S.left // 1000, max(0, L.next_check + ANSWER_S - L.since_pass)))
        n = take.bit_count()
        st.cov[S.media] |= take
        S.left -= n * 1000; L.since_pass += n
        for a, b in runs_of(take):
            S.add("late", S.ended, S.ended, 0, m0=a, m1=b, new=b - a)
        return {"rem": runs_of(want & ~take)}


def audit(st: Learner):
    """What the auditor does: recompute coverage and check the bounds from ledger entries only."""
    cov, prov, spans, acc_all, new_all = {}, {}, [], 0, 0
    def earn(m, a, b):
        d = prov if st.mode == "rewind" else cov
        if b > a:
            d[m] = d.get(m, 0) | ((1 << (b - a)) - 1) << a
    for S in sorted(st.sess.values(), key=lambda s: (s.t_open, s.sid)):
        prev = b""
        acc = new = 0
        for i, e in enumerate(S.entries):
            assert e.idx == i and e.prev == prev
            assert hashlib.sha256(prev + e.line().encode()).digest() == e.hash
            prev = e.hash
            assert e.t0 <= e.t1
            acc += e.acc
            if e.kind in ("seg", "late"):
                earn(S.media, e.m0, e.m1); new += e.new
            elif e.kind == "ans" and e.flags == 1:
                for m, x in prov.items():
                    cov[m] = cov.get(m, 0) | x
                prov.clear()
            elif e.kind == "void":
                prov.clear()
        assert prev == S.head
        end = S.ended if S.ended is not None else st.live.t_mark
        g = st.live.seg if st.live.sid == S.sid else None
        if g:
            acc += g[4]; new += g[5]; earn(S.media, g[0], g[1])
        assert acc <= (end - S.t_open) * S.rate // 100, "accrued more than wall time"
        assert new * 1000 <= acc, "session over budget"
        spans.append((S.t_open, end)); acc_all += acc; new_all += new
    spans.sort()
    for (a, b), (c, d) in zip(spans, spans[1:]):
        assert b <= c, "sessions of one learner overlap"
    assert new_all * 1000 <= acc_all, "learner over budget"
    for m, x in st.cov.items():
        assert x == cov.get(m, 0), "coverage differs from the ledger"
    credited = sum(c.bit_count() for c in st.cov.values())
    if st.mode == "hold":
        assert new_all == credited, "double counting"
    assert credited + sum(p.bit_count() for p in st.prov.values()) <= new_all
    return new_all
