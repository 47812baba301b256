/*
 * The switch protocol, small enough to try every interleaving of its steps with SPIN. See README.md beside it.
 *
 * Two bundles admit roots; switches go through the phases of the switcher's transition table, moved by whoever leads.
 * A leader that dies or freezes at any place is overtaken by one with a higher token; it may go on as if nothing had
 * happened, and the store refuses what it writes. A commit may take effect long after its sender stopped waiting.
 *
 * Left out: starting and stopping of hosts (E2 is judged by the epochs that are live), E5, E6, and time.
 */
#ifndef SWITCHES
#define SWITCHES 2          /* asked for by people; number SWITCHES is the revert of a failed trial */
#endif
#define ALL (SWITCHES + 1)
#ifndef WANTED
#define WANTED SWITCHES
#endif
#define MAX_LIVE 4          /* the last is left to the revert */
#ifndef OVERTAKINGS
#define OVERTAKINGS 1       /* deaths or freezes of the leader */
#endif
#ifndef ROOTS
#define ROOTS 2             /* that are admitted, over both bundles */
#endif
#ifndef CRASHES
#define CRASHES 1           /* of bundles */
#endif
#ifndef LAPSES
#define LAPSES 1            /* of leases, the bundle serving on */
#endif
#ifndef DROPS
#define DROPS 1             /* commits that never arrive */
#endif

mtype = { nothing, planned, preparing, committing, aborting, routed_wait, trial, draining, retiring, ended };
mtype = { undecided, committed, aborted, reverted };

/* ── the coupling store: the durable truth. Epochs count from 1; sets of them are bits ── */
#define BIT(e) (1 << (e))
byte token = 1, force = 1, prepared, owner, last = 1;
byte live = BIT(1), wasInForce = BIT(1);
mtype phase[ALL] = nothing, outcome[ALL] = undecided;
byte epoch[ALL], from[ALL];

/* ── a bundle: the epoch it admits under, those with an open root; and what its lease says, also which it holds ── */
typedef Bundle { byte current, roots };
typedef Lease { byte current, acked, roots };
Bundle bundle[2];
Lease lease[2];
bool alive[2], fresh[2];

/* ── the commit that is under way; `by` 0: none ── */
byte by, commitFrom, commitTo;
byte overtakings, admitted, crashes, lapses, drops;

/* what every living lease must say before the prepared epoch may be committed */
#define ACK(b, e) (!fresh[b] || lease[b].acked >= e)
#define ACKED(e) (ACK(0, e) && ACK(1, e))
#define ROUTE(b, e) (!fresh[b] || lease[b].current > e)
#define ROUTED(e) (ROUTE(0, e) && ROUTE(1, e))
/* a silent bundle counts until it is proven dead */
#define OVER(b, e) (!alive[b] || (lease[b].current > e && !(lease[b].roots & BIT(e))))
#define DRAINED(e) (OVER(0, e) && OVER(1, e))
#define LIVE (((live >> 1) & 1) + ((live >> 2) & 1) + ((live >> 3) & 1) + ((live >> 4) & 1))
#define OPEN(s) (phase[s] != nothing && phase[s] != ended)
#define EXCLUSIVE(s) (phase[s] == preparing || phase[s] == committing || phase[s] == aborting)
#define OTHER(s, o) (s != o && EXCLUSIVE(o))

/* ── what must hold, always ── */
#define E2 (!(bundle[0].roots & ~live) && !(bundle[1].roots & ~live) && (live & BIT(force)))
#define HAPPENED(s) (epoch[s] != 0 && (wasInForce & BIT(epoch[s])))
#define E3 (EXCLUSIVE(0) + EXCLUSIVE(1) + EXCLUSIVE(2) <= 1 && LIVE <= MAX_LIVE - (HAPPENED(SWITCHES) -> 0 : 1))
#define TRUE(s) (phase[s] != ended || (outcome[s] == aborted && !HAPPENED(s)) || (outcome[s] != aborted && HAPPENED(s)))
#define E4 ((wasInForce & BIT(force)) && TRUE(0) && TRUE(1) && TRUE(2))
active proctype Watch() {
end:
  atomic { !(E2 && E3 && E4) -> assert(E2); assert(E3); assert(E4) }
}

/* ── and what must come: all is done, one epoch is live ── */
#define CALM (!OPEN(0) && !OPEN(1) && !OPEN(2) && live == BIT(force))
#ifdef LIVENESS
ltl rest { <> [] CALM }
#endif

/* The only way to move a switch on. A test compares these steps with the switcher's TABLE. */
inline step(s, a, b) { assert(phase[s] == a); phase[s] = b }

/* ── a switcher that leads, or believes so ── */
proctype Leader(byte me) {
  byte s = 0, seenForce, seenPrepared, seenOwner;
  bool acked, routed, drained, wait, crowded;
end:
  do
  :: d_step { /* one consistent look; what follows may come much later */
       OPEN(0) || OPEN(1) || OPEN(2) ->
       do
       :: s = (s + 1) % ALL; if :: OPEN(s) -> break :: else fi
       od;
       seenForce = force; seenPrepared = prepared; seenOwner = owner;
       acked = ACKED(prepared); routed = ROUTED(from[s]); drained = DRAINED(from[s]);
       wait = OTHER(s, 0) || OTHER(s, 1) || OTHER(s, 2);
       crowded = LIVE >= MAX_LIVE - (s == SWITCHES -> 0 : 1)
     }
     if
     :: atomic { me != token -> break } /* overtaken: the store refuses it */
     /* planned: wait for its turn; or somebody wants it gone */
     :: atomic { me == token && phase[s] == planned && !wait && !crowded -> from[s] = seenForce; step(s, planned, preparing) }
     :: atomic { me == token && phase[s] == planned && (wait || crowded) }
     :: atomic { me == token && phase[s] == planned && s != SWITCHES -> outcome[s] = aborted; step(s, planned, ended) }
     /* preparing: propose, or take on what it had proposed before a crash, or withdraw what is left of another */
     :: atomic { me == token && phase[s] == preparing && epoch[s] == 0 && seenPrepared == 0 && seenForce == from[s] ->
          if
          :: force == from[s] && prepared == 0 -> last++; prepared = last; owner = s
          :: else
          fi }
     :: atomic { me == token && phase[s] == preparing && epoch[s] == 0 && seenPrepared != 0 && seenOwner == s ->
          epoch[s] = seenPrepared }
     :: atomic { me == token && phase[s] == preparing && epoch[s] == 0 && seenPrepared != 0 && seenOwner != s ->
          prepared = (prepared == seenPrepared -> 0 : prepared) }
     :: atomic { me == token && phase[s] == preparing && epoch[s] != 0 && epoch[s] == seenPrepared && !acked }
     :: atomic { me == token && phase[s] == preparing && epoch[s] != 0 && epoch[s] == seenPrepared && acked ->
          step(s, preparing, committing) }
     :: atomic { me == token && phase[s] == preparing && (s != SWITCHES || seenForce != from[s]) ->
          step(s, preparing, aborting) }
     /* committing: the one transaction that decides is sent; its answer is not waited for */
     :: atomic { me == token && phase[s] == committing && seenForce == epoch[s] -> step(s, committing, routed_wait) }
     :: atomic { me == token && phase[s] == committing && seenForce != epoch[s] && !acked ->
          step(s, committing, preparing) }
     :: atomic { me == token && phase[s] == committing && seenForce != epoch[s] && acked ->
          if
          :: by == 0 -> by = me; commitFrom = from[s]; commitTo = epoch[s]
          :: else
          fi }
     :: atomic { me == token && phase[s] == committing && seenForce != epoch[s] && s != SWITCHES ->
          step(s, committing, aborting) }
     /* aborting: unless the commit happened after all */
#ifndef BUG_BLIND_ABORT
     :: atomic { me == token && phase[s] == aborting && epoch[s] != 0 && seenForce == epoch[s] ->
          step(s, aborting, routed_wait) }
     :: atomic { me == token && phase[s] == aborting && seenPrepared == 0 && (epoch[s] == 0 || seenForce != epoch[s]) ->
          outcome[s] = aborted; step(s, aborting, retiring) }
#else
     :: atomic { me == token && phase[s] == aborting && seenPrepared == 0 ->
          outcome[s] = aborted; step(s, aborting, retiring) }
#endif
     :: atomic { me == token && phase[s] == aborting && seenPrepared != 0 ->
          prepared = (prepared == seenPrepared -> 0 : prepared) }
     /* routed-wait: a revert has no trial */
     :: atomic { me == token && phase[s] == routed_wait && !routed }
     :: atomic { me == token && phase[s] == routed_wait && routed && s != SWITCHES -> step(s, routed_wait, trial) }
     :: atomic { me == token && phase[s] == routed_wait && routed ->
          outcome[s] = committed; step(s, routed_wait, draining) }
     /* trial: passed, or superseded by the next switch; or failed, and a revert is opened; its end decides */
     :: atomic { me == token && phase[s] == trial && phase[SWITCHES] == nothing ->
          outcome[s] = committed; step(s, trial, draining) }
     :: atomic { me == token && phase[s] == trial && phase[SWITCHES] == nothing && seenForce == epoch[s] && !wait ->
          phase[SWITCHES] = planned }
     :: atomic { me == token && phase[s] == trial && phase[SWITCHES] != nothing && outcome[SWITCHES] == undecided }
     :: atomic { me == token && phase[s] == trial && outcome[SWITCHES] != undecided ->
          if
          :: outcome[SWITCHES] == committed && from[SWITCHES] == epoch[s] -> outcome[s] = reverted
          :: else -> outcome[s] = committed
          fi;
          step(s, trial, draining) }
     :: atomic { me == token && phase[s] == draining && !drained }
     :: atomic { me == token && phase[s] == draining && drained -> step(s, draining, retiring) }
     :: atomic { me == token && phase[s] == retiring && outcome[s] != aborted && (live & BIT(from[s])) ->
          live = live & ~BIT(from[s]) }
     :: atomic { me == token && phase[s] == retiring && (outcome[s] == aborted || !(live & BIT(from[s]))) ->
          step(s, retiring, ended) }
     fi
  od
}

/* ── the store carries the commit out at once, much later, or never: one transaction ── */
active proctype Store() {
end:
  do
  :: atomic { by != 0 ->
       if
       :: by == token && force == commitFrom && prepared == commitTo && ACKED(commitTo) ->
          force = commitTo; prepared = 0; live = live | BIT(force); wasInForce = wasInForce | BIT(force)
       :: else
       fi;
       by = 0 }
  :: atomic { by != 0 && drops < DROPS -> drops++; by = 0 }
  od
}

#define NEWEST (prepared > bundle[b].current -> prepared : bundle[b].current)
/* ── a bundle: holds, follows, says so, admits; each whenever it gets to it ── */
proctype Host(byte b) {
end:
  do
  :: d_step { alive[b] && force > bundle[b].current -> bundle[b].current = force }
  :: d_step { alive[b] && (!fresh[b] || lease[b].current != bundle[b].current ||
       lease[b].acked < NEWEST || lease[b].roots != bundle[b].roots) ->
       fresh[b] = true; lease[b].roots = bundle[b].roots; lease[b].acked = NEWEST;
#ifdef BUG_EARLY_CLOSE
       lease[b].current = NEWEST
#else
       lease[b].current = bundle[b].current
#endif
     }
  :: d_step { alive[b] && bundle[b].current != 0 && admitted < ROOTS && !(bundle[b].roots & BIT(bundle[b].current)) ->
       admitted++; bundle[b].roots = bundle[b].roots | BIT(bundle[b].current) }
  :: d_step { alive[b] && (bundle[b].roots & BIT(bundle[b].current)) -> bundle[b].roots = bundle[b].roots & ~BIT(bundle[b].current) }
  :: d_step { alive[b] && (bundle[b].roots & ~BIT(bundle[b].current)) -> bundle[b].roots = bundle[b].roots & BIT(bundle[b].current) }
  /* its store link is cut, or it stands still: the lease lapses, and it serves on */
  :: d_step { alive[b] && fresh[b] && lapses < LAPSES -> lapses++; fresh[b] = false }
  :: d_step { alive[b] && crashes < CRASHES -> crashes++; alive[b] = false; fresh[b] = false; bundle[b].roots = 0 }
  /* another takes its place: its first act is to take a lease, its second to look what is in force */
  :: d_step { !alive[b] ->
       alive[b] = true; fresh[b] = true; bundle[b].current = 0;
       lease[b].current = 0; lease[b].acked = 0; lease[b].roots = 0 }
  od
}

init {
  byte b = 0;
  atomic {
    do
    :: b < 2 ->
       alive[b] = true; fresh[b] = true; bundle[b].current = 1;
       lease[b].current = 1; lease[b].acked = 1; run Host(b); b++
    :: else -> break
    od;
    phase[0] = planned; phase[1] = (WANTED > 1 -> planned : nothing);
    run Leader(1)
  };
end:
  do
  :: atomic { overtakings < OVERTAKINGS -> overtakings++; token++; run Leader(token) }
  od
}
