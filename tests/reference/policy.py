"""From tier to action: what a pack's policy says, and what holds without one (docs/semantics.md, sections 4 and 6)."""
from vocabulary import HOUR, MINUTE

HARD_CAP = {"protect": 48 * HOUR, "stop": 48 * HOUR}
BASIS = {"delay": "反电信网络诈骗法 第十八条", "watch": "反电信网络诈骗法 第十八条",
         "protect": "反电信网络诈骗法 第二十条", "stop": "银发〔2016〕86号 第二条"}
TIERS = {
    "urgent": {"channels": [("phone", 5 * MINUTE), ("station", 30 * MINUTE)], "receivers": ["city", "station"],
               "allows": ["protect", "stop", "delay", "watch", "advise"], "approved_within_ms": 15 * MINUTE},
    "high": {"channels": [("phone", 15 * MINUTE), ("station", 2 * HOUR)], "receivers": ["county", "station"],
             "allows": ["delay", "watch", "advise"], "approved_within_ms": 0},
    "medium": {"channels": [("phone", 2 * HOUR)], "receivers": ["station", "adviser"],
               "allows": ["watch", "advise"], "approved_within_ms": 0},
    "low": {"channels": [("sms", 24 * HOUR)], "receivers": ["adviser"], "allows": ["watch", "advise"],
            "approved_within_ms": 0},
}


class Policy:
    def __init__(self, said):
        """said: `policy` of the checked pack, None if it has none."""
        said = said or {"tiers": {}, "cap_ms": {}, "basis": {}, "budgets": []}
        self.tiers = dict(TIERS)
        for name, tier in said["tiers"].items():
            self.tiers[name] = dict(tier, channels=[(c["channel"], c["within_ms"]) for c in tier["channels"]])
        self.caps = {**HARD_CAP, **said["cap_ms"]}
        self.bases = {**BASIS, **said["basis"]}
        self.all_budgets = said["budgets"]

    def allows(self, tier, kind):
        return tier is not None and kind in self.tiers[tier]["allows"]

    def capped(self, kind, span):
        return span if span is None else min(span, self.caps.get(kind, span))

    def approval(self, tier):
        within = self.tiers[tier]["approved_within_ms"]
        return {"mode": "within", "seconds": within // 1000} if within else {"mode": "before"}

    def budgets(self, kind):
        """As a request shows them."""
        return [{name: budget[name] for name in ("count", "per", "by") if name in budget}
                for budget in self.all_budgets if budget["power"] == kind]
