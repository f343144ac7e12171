"""Three-way merge of one customer: what every system says, against what was agreed, field by field.

`reconcile.resolve` decides a field; this module brings it the sides and draws the consequences (steps 1 to 6
of the contract): golden values, bases, holds, questions, and what must be written where. Nothing is changed
that comes in; the answer says everything. Most fields agree and leave by the two short ways.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from reconcile import questions, undone
from reconcile.create import creations
from reconcile.departed import asked, departed
from reconcile.merged import DIFFERENT, LESS, REJECTED, UNDONE, Choice, Merged, Want
from reconcile.questions import SEEN, revision
from reconcile.records import ALL_SYSTEMS, Customer, GoldenValue, Hold, Lineage, Record
from reconcile.resolve import Base, Decision, Open, Settled, Side, Take, resolve
from reconcile.rulebook import FieldRule, Rulebook, Stamp, Terms
from reconcile.sets import unite
from reconcile.sides import View, untold, view, with_roles
from reconcile.survive import LOCK, VERIFIED
from reconcile.values import BLANK, CLEAR, MISSING, Golden
from reconcile.verify import Arriving, confirmed

__all__ = ["DIFFERENT", "LESS", "REJECTED", "UNDONE", "Choice", "Merged", "Want", "merge"]


def merge(customer: Customer, book: Rulebook, stamp: Stamp, choices: Sequence[Choice] = ()) -> Merged:
    """What this customer's records, taken together, mean."""
    return _Merge(customer, book, stamp, choices).run()


class _Merge:
    """One merge in progress: the customer as it came, and the answer as it grows."""

    def __init__(self, customer: Customer, book: Rulebook, stamp: Stamp, choices: Sequence[Choice]) -> None:
        self.customer = customer = with_roles(customer)
        self.book, self.stamp = book, stamp
        self.choices = {c.field: c for c in choices if not c.system}
        self.checked = {c.field: c.decision for c in choices if c.how == "value" or c.cls == "stale"}
        self.live = [r for r in customer.records if r.presence == "present"]
        self.marked = [r for r in self.live if r.claims or r.invalid or r.pending or r.held]
        """Records of which not every field can be taken as it stands; mostly none."""
        self.out = Merged(customer, customer.golden)
        seen = [h for h in customer.holds if h.reason.startswith(SEEN)]
        self.seen = {(h.field, h.system, h.reason): h for h in seen}
        self.holds = {(h.field, h.system): h for h in customer.holds if h not in seen}
        self.fresh: set[tuple[str, str]] = set()
        for choice in choices:
            self._answer(choice)
        self.busy = (
            {name for name, _ in self.holds}
            | {c.field for c in customer.conflicts}
            | {c.field for c in choices}
        )

    def run(self) -> Merged:
        for name, rule in self.book.fields.items():
            if name in self.busy or not self._short(name):
                self._decide(rule)
        for name, held in confirmed(self.out.golden, self.live, self.book, self.checked, self.stamp):
            self._hold_golden(name, held)
        self._depart()
        self.out.questions += questions.about_records(self.customer, self.book, self.stamp, self.out.golden)
        self.out.holds = (*self.holds.values(), *self.seen.values())
        self.out.questions = questions.unseen(self.out.questions, self.customer, self.seen.values())
        return self.out

    # ── the two short ways ──────────────────────────────────────────────────────────────────────────

    def _short(self, name: str) -> bool:
        if name in self.customer.golden:
            return self._quiet(name)
        return self._unanimous(name) or self._quiet(name)

    def _quiet(self, name: str) -> bool:
        """Everybody shows today's golden value and has been seen showing it."""
        golden = self.customer.golden.get(name)
        value, version = (golden.value, golden.version) if golden else (BLANK, 0)
        for record in self.live:
            now = record.values.get(name, MISSING)
            if now is MISSING:
                continue
            base = record.base.get(name)
            if base is None or now != value or base.value != now or base.version != version:
                return False
        return not self.marked or not any(
            r.claims or (name in r.values and _unreadable(r, name)) for r in self.marked
        )

    def _unanimous(self, name: str) -> bool:
        """Nobody has agreed on anything yet and all say the same: that is the value."""
        showing = [r for r in self.live if name in r.values]
        if not showing:
            return True
        value = showing[0].values[name]
        for record in showing:
            if record.values[name] != value or name in record.base:
                return False
        if self.marked and any(name in r.values and _unreadable(r, name) for r in self.marked):
            return False
        if value is not BLANK:
            first = self._first_owner(showing, name)
            if first is None:
                return False
            self._set_golden(name, value, 1, first, "agreed" if len(showing) > 1 else "only value")
        agreed = Base(value, 0 if value is BLANK else 1)
        for record in showing:
            self._base(record)[name] = agreed
        return True

    def _first_owner(self, records: Sequence[Record], name: str) -> Record | None:
        for record in records:
            if record.role == "primary" and self._terms(record.system, name).owner:
                return record
        return None

    # ── the whole way ───────────────────────────────────────────────────────────────────────────────

    def _decide(self, rule: FieldRule) -> None:
        look = view(self.customer, self.live, rule, self.book, self.stamp)
        for record, base in look.silent:
            self._base(record)[rule.name] = base
        choice = self.choices.get(rule.name)
        if choice:
            self._apply_choice(look, choice)
        elif look.sides:
            self._carry_out(look, self._undone(look) or self._resolve(look))

    def _undone(self, look: View) -> Open | None:
        """After an undo the steward is asked, whatever the rules say; not once nobody differs any more."""
        if undone.run(self.holds, look.rule.name) and (asked := undone.asked(look)):
            return asked
        self.holds.pop((look.rule.name, ALL_SYSTEMS), None)
        return None

    def _resolve(self, look: View) -> Decision:
        """Lock, verified, then the policy's chain: `first_sync` where no claimant ever agreed on anything."""
        if look.rule.type.several:
            return unite(look.golden, look.sides)
        decision = resolve(look.golden, look.sides, (LOCK,), look.rule.type)
        if not isinstance(decision, Open):
            return decision
        chain = self.book.first_sync if all(s.base is None for s in decision.claims) else look.rule.chain
        if self.customer.bounced.get(look.rule.name):
            chain = tuple(map(Arriving, chain))
        return resolve(look.golden, look.sides, (LOCK, VERIFIED, *chain), look.rule.type)

    def _carry_out(self, look: View, decision: Decision) -> None:
        self._hold_losses(look, decision.losses)
        if isinstance(decision, Open):
            self._claim(look, {s.rid for s in decision.claims}, {s.rid for s in decision.losses})
            after = undone.run(self.holds, look.rule.name)
            self.out.questions.append(questions.open_question(look, decision, self.book, after))
            self._ask_about_held(look, look.golden.value)
            return
        golden, version = look.golden.value, look.golden.version
        if isinstance(decision, Settled):
            golden, version = decision.value, version + 1
            self._move_golden(look, golden, version, decision.rule.name)
            self.out.questions.append(questions.settled_question(look, decision, self.book))
        elif isinstance(decision, Take) and decision.value != golden:
            golden, version = decision.value, version + 1
            self._move_golden(look, golden, version, "only value" if version == 1 else "only edit")
        alike = all(s.now == s.shows(golden) for s in look.seen)
        self.out.closing[look.rule.name, "", ""] = (
            "agreed" if alike or isinstance(decision, Take) else "withdrawn"
        )
        self._settle(look, golden, version, {s.rid for s in decision.losses})

    def _apply_choice(self, look: View, choice: Choice) -> None:
        name, golden, version = look.rule.name, look.golden.value, look.golden.version
        if choice.how == "undo":
            self._undo(look, choice)
            return
        self.holds.pop((name, ALL_SYSTEMS), None)
        if choice.how == "value":
            golden, version = choice.value, version + 1
            self._move_golden(look, golden, version, f"decision {choice.decision}")
            self.holds = {key: hold for key, hold in self.holds.items() if hold.field != name}
        unseen = untold(look, self.customer.conflicts, golden)
        if choice.how == "different":
            for side in look.seen:
                if side.now != side.shows(golden) and not side.secondary and side.rid not in unseen:
                    self._hold(name, side.name, DIFFERENT)
        self.out.closing[name, "", ""] = "decided"
        self._settle(look, golden, version, unseen)

    def _undo(self, look: View, choice: Choice) -> None:
        """Golden is what it was; who shows something else keeps it, and the steward is asked."""
        name, version = look.rule.name, look.golden.version + 1
        self._move_golden(look, choice.value, version, f"undo {choice.decision}")
        self.holds = {key: hold for key, hold in self.holds.items() if hold.field != name}
        self.holds[name, ALL_SYSTEMS] = Hold(name, ALL_SYSTEMS, f"{UNDONE}run {choice.decision}", "decision")
        now = replace(look, golden=replace(look.golden, value=choice.value, version=version))
        if asked := undone.asked(now):
            self._carry_out(now, asked)
        else:
            self._settle(now, choice.value, version, set())

    def _answer(self, choice: Choice) -> None:
        """A decision about one system's value: leave it, put golden back, or just know it."""
        place = (choice.field, choice.system)
        if choice.question:
            self.out.closing[choice.question] = "decided"
        if choice.how == "keep":
            self._hold(*place, DIFFERENT)
        elif choice.how == "restore":
            self.holds.pop(place, None)
        elif choice.how == "seen" and choice.cls != "stale":  # that one is a verification
            reason, rev = SEEN + choice.cls, revision(self.customer, choice.system)
            self.seen[*place, reason] = Hold(*place, reason, "decision", version=rev)

    def _settle(self, look: View, golden: Golden, version: int, lost: set[int]) -> None:
        """Steps 4 to 6: the base moves with what was seen; who differs is written or excused."""
        self._unclaim(look.rule.name)
        for side in look.seen:
            if side.rid not in lost:
                self._settle_side(look, side, golden, version)
        self._ask_about_held(look, golden)

    def _settle_side(self, look: View, side: Side, golden: Golden, version: int) -> None:
        name, record = look.rule.name, look.records[side.rid]
        now = record.values[name]
        base = record.base.get(name)
        hold = None if side.secondary else self.holds.get((name, side.name))
        if hold and hold.until == "version" and hold.version != version:
            del self.holds[(name, side.name)]  # refused was an older value: the new one gets its own chance
        if base is None or side.base is None or side.now != side.base.value:
            base = Base(now, base.version if base else 0)
            self._end_hold(side, name, until="new value")
        if side.now == side.shows(golden):
            base = Base(base.value, version, base.before)
            self._end_hold(side, name)
        elif self._excused(look, side, golden):
            base = Base(base.value, version, base.before)
        else:
            shown = side.shows(golden)
            assert shown is not MISSING
            self.out.wants.setdefault(record.rid, {})[name] = Want(shown, now, version)
        if base != record.base.get(name):
            self._base(record)[name] = base

    def _excused(self, look: View, side: Side, golden: Golden) -> bool:
        """A standing difference: it counts as seen and is told once."""
        system, terms = self.book.systems[side.name], self._terms(side.name, look.rule.name)
        if side.secondary or golden is BLANK or self._held(look.rule.name, side.name):
            return True
        if system.writes == "none":
            self.out.withheld += 1
            return True
        if not terms.writable or (golden is CLEAR and not terms.clearable):
            self.out.questions.append(questions.about_value(look, side, golden, "read-only"))
            return True
        return False

    def _held(self, name: str, system: str) -> bool:
        return (name, system) in self.holds or (name, ALL_SYSTEMS) in self.holds

    # ── losses ──────────────────────────────────────────────────────────────────────────────────────

    def _hold_losses(self, look: View, losses: tuple[Side, ...]) -> None:
        """Step 3: held there alone; the base remembers what was lost."""
        for side in losses:
            name, record = look.rule.name, look.records[side.rid]
            old = record.base[name]
            again = None if side.secondary else self.holds.get((name, side.name))
            before = old.before if again and again.reason == LESS else old.value
            self._base(record)[name] = Base(record.values[name], look.golden.version, before)
            if not side.secondary:
                self._hold(name, side.name, LESS)

    def _ask_about_held(self, look: View, golden: Golden) -> None:
        """One question for each system whose value is held, for as long as it is."""
        for side in look.seen:
            hold = self.holds.get((look.rule.name, side.name))
            if hold is None or side.secondary:
                continue
            if hold.reason == LESS:
                self.out.questions.append(questions.about_value(look, side, golden, "loss"))
            elif hold.reason.startswith(REJECTED):
                self.out.questions.append(questions.about_value(look, side, golden, "rejected", hold.reason))

    # ── small consequences ──────────────────────────────────────────────────────────────────────────

    def _terms(self, system: str, name: str) -> Terms:
        return self.book.systems[system].fields[name]

    def _base(self, record: Record) -> dict[str, Base]:
        """The record's bases, copied the first time one changes."""
        bases = self.out.bases.get(record.rid)
        if bases is None:
            bases = self.out.bases[record.rid] = dict(record.base)
        return bases

    def _claim(self, look: View, claimants: set[int], losers: set[int]) -> None:
        """While the conflict is open a claim stays, also of who went back to golden or cannot be read.

        A loss ends its claim: the value that was claimed is not there any more.
        """
        name = look.rule.name
        for record in self.live:
            had = self.out.claims.get(record.rid, record.claims)
            has = (
                had - {name} if record.rid in losers else had | ({name} if record.rid in claimants else set())
            )
            if has != had:
                self.out.claims[record.rid] = has

    def _unclaim(self, name: str) -> None:
        for record in self.customer.records:
            had = self.out.claims.get(record.rid, record.claims)
            if name in had:
                self.out.claims[record.rid] = had - {name}

    def _hold(self, name: str, system: str, reason: str) -> None:
        self.holds[(name, system)] = Hold(name, system, reason)
        self.fresh.add((name, system))

    def _end_hold(self, side: Side, name: str, until: str | None = None) -> None:
        """A hold until a new value ends with one, unless it is about this very value. A copy ends none."""
        place = (name, side.name)
        hold = None if side.secondary else self.holds.get(place)
        if hold and (until is None or (hold.until == until and place not in self.fresh)):
            del self.holds[place]

    def _move_golden(self, look: View, value: Golden, version: int, how: str) -> None:
        showing = [s for s in look.seen if s.now == value or (value is CLEAR and s.now is BLANK)]
        showing.sort(
            key=lambda s: (s.base is not None and s.now == s.base.value, self.book.order[s.name], s.rid)
        )
        record = look.records[showing[0].rid] if showing else None
        self._set_golden(look.rule.name, value, version, record, how)

    def _set_golden(self, name: str, value: Golden, version: int, record: Record | None, how: str) -> None:
        at = self.stamp.text
        if record is not None:
            changed = record.changed.get(name)
            at = (changed[1] if changed else record.modified_at) or record.read_at
        lineage = Lineage(
            record.system if record else "", record.id if record else "", how, self.stamp.run, at
        )
        before = self.out.golden.get(name)
        verified = before.verified if before and before.value == value else None
        self._hold_golden(name, GoldenValue(value, version, lineage, verified))
        self.out.took[name] = how

    def _hold_golden(self, name: str, held: GoldenValue) -> None:
        if self.out.golden is self.customer.golden:
            self.out.golden = dict(self.customer.golden)
        self.out.golden[name] = held

    def _depart(self) -> None:
        """What follows from records that are gone: others go too, or they are made again, or it is asked."""
        out = self.out
        left = departed(self.customer, self.live, self.holds, self.book)
        out.gone, out.removals = left.news, left.removals
        out.wants = {rid: wants for rid, wants in out.wants.items() if rid not in left.removals}
        if not left.leaving:
            self._create(left.again)
        out.questions += asked(self.customer, self.live, self.holds, left, list(out.creates))

    def _create(self, again: Collection[str]) -> None:
        """Systems that lack this customer and may be given it get every settled value they can hold."""
        open_ones = {q.field for q in self.out.questions if q.state == "open" and not q.system}
        held = [place for place in self.holds if place[1] not in again]
        self.out.creates = creations(self.customer, self.out.golden, open_ones, held, self.book, again)


def _unreadable(record: Record, name: str) -> bool:
    """Must what it shows be left aside?"""
    return name in record.invalid or record.pending or record.held
