package atlas.guardrails_test

import data.atlas.guardrails

tight := {
	"placements": {"cart": "bundle", "catalog": "bundle"},
	"instances": {"bundle": 1},
}

hybrid := {
	"placements": {"cart": "service", "catalog": "bundle"},
	"instances": {"bundle": 1, "cart": 2},
}

limits := {
	"freezes": [{"fromMs": 5000, "toMs": 6000, "reason": "stocktaking"}],
	"mostInstances": 2,
	"mostHosts": 3,
	"leastBetweenMs": 500,
	"allowedModules": ["cart"],
	"mostUsdPerDay": 10,
}

proposal := {
	"source": "brain",
	"atMs": 4000,
	"lastSwitchAtMs": 3000,
	"usdPerDay": 4,
	"from": tight,
	"to": hybrid,
	"limits": limits,
}

rules(proposed) := {broken.rule | some broken in guardrails.deny with input as proposed}

changed(changes) := object.union(proposal, changes)

limited(changes) := changed({"limits": object.union(limits, changes)})

everything_wrong := object.union(
	limited({"freezes": [{"fromMs": 0, "toMs": 9000, "reason": "x"}], "mostInstances": 1, "mostHosts": 1, "allowedModules": []}),
	{"lastSwitchAtMs": 3999, "usdPerDay": 99},
)

test_good_proposal_is_allowed if rules(proposal) == set()

test_first_switch_is_allowed if rules(changed({"lastSwitchAtMs": null})) == set()

test_freeze_has_a_beginning_and_an_end if {
	rules(changed({"atMs": 4999})) == set()
	rules(changed({"atMs": 5000})) == {"freeze"}
	rules(changed({"atMs": 5999})) == {"freeze"}
	rules(changed({"atMs": 6000})) == set()
}

test_instances_are_limited if rules(limited({"mostInstances": 1})) == {"instances"}

test_hosts_are_limited if rules(limited({"mostHosts": 2})) == {"hosts"}

test_switches_are_apart if {
	rules(changed({"lastSwitchAtMs": 3501})) == {"too-soon"}
	rules(changed({"lastSwitchAtMs": 3500})) == set()
}

test_only_allowed_modules_move if {
	rules(limited({"allowedModules": ["catalog"]})) == {"module"}
	rules(limited({"allowedModules": null})) == set()
}

test_cost_has_a_ceiling if {
	rules(changed({"usdPerDay": 11})) == {"cost"}
	rules(changed({"usdPerDay": null})) == {"cost-unknown"}
	rules(object.union(limited({"mostUsdPerDay": null}), {"usdPerDay": null})) == set()
}

test_all_that_is_broken_is_told if {
	rules(everything_wrong) == {"freeze", "instances", "hosts", "too-soon", "module", "cost"}
}

test_emergency_and_revert_are_exempt if {
	every source in ["emergency", "revert"] {
		rules(object.union(everything_wrong, {"source": source})) == set()
	}
}

test_what_is_not_understood_is_denied if {
	rules({}) == {"input"}
	"input" in rules(changed({"source": "nobody"}))
	"input" in rules(changed({"atMs": "now"}))
	"input" in rules(changed({"lastSwitchAtMs": 4001}))
	"input" in rules(changed({"to": {"placements": tight.placements, "instances": {"bundle": "many"}}}))
	"input" in rules(object.union(object.remove(proposal, ["to"]), {"to": {"placements": {"cart": "bundle"}, "instances": {"bundle": 1}}}))
	"input" in rules(limited({"leastBetweenMs": null}))
	"input" in rules(limited({"freezes": [{"fromMs": 1}]}))
	"input" in rules(limited({"freezes": "none"}))
	"input" in rules(object.union(object.remove(proposal, ["limits"]), {"limits": object.union(object.remove(limits, ["freezes"]), {"freezes": {}})}))
	every field in object.keys(proposal) {
		"input" in rules(object.remove(proposal, [field]))
	}
	every field in object.keys(limits) {
		"input" in rules(object.union(object.remove(proposal, ["limits"]), {"limits": object.remove(limits, [field])}))
	}
}
