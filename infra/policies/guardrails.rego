# What a switch that the brain proposes must keep to (architecture, layer 2). An answer names each rule that is broken,
# with its numbers; none means: allowed. Built as `guardrails.wasm` by `npm run policies`.
#
# G1  Emergencies and reverts are exempt: nothing may keep the shop from getting out of trouble.
# G2  What is not understood is denied: a missing number must not make a rule silent.
package atlas.guardrails

exempt if input.source in {"emergency", "revert"}

# G2. Every field that a rule reads.
well_formed if {
	input.source in {"brain", "operator"}
	is_number(input.atMs)
	is_clock_or_null(input.lastSwitchAtMs)
	is_number_or_null(input.usdPerDay)
	is_object(input.to.instances)
	every count in input.to.instances { is_number(count) }
	every place in input.to.placements { place in {"bundle", "service"} }
	object.keys(input.from.placements) == object.keys(input.to.placements)
	is_number(input.limits.mostInstances)
	is_number(input.limits.mostHosts)
	is_number(input.limits.leastBetweenMs)
	is_number_or_null(input.limits.mostUsdPerDay)
	is_list_or_null(input.limits.allowedModules)
	is_array(input.limits.freezes)
	every freeze in input.limits.freezes { is_window(freeze) }
}

is_number_or_null(value) if is_number(value)

is_number_or_null(value) if is_null(value)

# A switch that is yet to come says that the clock cannot be trusted.
is_clock_or_null(value) if is_null(value)

is_clock_or_null(value) if {
	is_number(value)
	value <= input.atMs
}

is_list_or_null(value) if is_array(value)

is_list_or_null(value) if is_null(value)

is_window(freeze) if {
	is_number(freeze.fromMs)
	is_number(freeze.toMs)
	is_string(freeze.reason)
}

deny contains {"rule": "input"} if {
	not exempt
	not well_formed
}

deny contains {"rule": "freeze", "reason": freeze.reason, "untilMs": freeze.toMs} if {
	not exempt
	some freeze in input.limits.freezes
	input.atMs >= freeze.fromMs
	input.atMs < freeze.toMs
}

deny contains {"rule": "instances", "host": host, "value": count, "limit": input.limits.mostInstances} if {
	not exempt
	some host, count in input.to.instances
	count > input.limits.mostInstances
}

deny contains {"rule": "hosts", "value": hosts, "limit": input.limits.mostHosts} if {
	not exempt
	hosts := sum([count | some count in input.to.instances])
	hosts > input.limits.mostHosts
}

deny contains {"rule": "too-soon", "value": passed, "limit": input.limits.leastBetweenMs} if {
	not exempt
	passed := input.atMs - input.lastSwitchAtMs
	passed < input.limits.leastBetweenMs
}

deny contains {"rule": "module", "module": module} if {
	not exempt
	is_array(input.limits.allowedModules)
	some module, place in input.to.placements
	place != input.from.placements[module]
	not module in input.limits.allowedModules
}

deny contains {"rule": "cost", "value": input.usdPerDay, "limit": input.limits.mostUsdPerDay} if {
	not exempt
	is_number(input.limits.mostUsdPerDay)
	input.usdPerDay > input.limits.mostUsdPerDay
}

# A ceiling is no ceiling when nobody knows the cost.
deny contains {"rule": "cost-unknown", "limit": input.limits.mostUsdPerDay} if {
	not exempt
	is_number(input.limits.mostUsdPerDay)
	is_null(input.usdPerDay)
}
