//! The gate: decides requests and is the only maker of proofs.

mod cache;
mod request;

pub use request::{Accepts, Children, Resource};

use crate::action::{Action, Definition};
use crate::audit::{Audit, Auditor, Effect, Mark};
use crate::context::{Demands, Empty, Run};
use crate::journal::{Extent, Journal, Verdict};
use crate::kind::ResourceKind;
use crate::policy::{Index, Policies, Slot, only_for_files};
use crate::usage::Meter;
use crate::{Authorized, Budget, Cause, Denied, Kind, Means, Need, Unjudged, Usage, descriptors, path};
use cache::{Decision, Decisions, Question, Scope};
use cedar_policy::{Authorizer, Request};
use request::{Asked, Facts, Requests};
use std::cell::Cell;
use std::fmt;
use std::rc::Rc;
use std::time::Instant;

/// The run was told to end: a limit was reached, or the process was asked to terminate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Stopped(pub Rc<str>);

type StopCheck = Box<dyn Fn() -> Option<Stopped>>;

/// What [`Gate::authorize_either`] allowed.
#[derive(Debug)]
pub enum Either<'t, A: Action, B: Action, T> {
    /// The first action.
    First(Authorized<'t, A, T>),
    /// The second.
    Second(Authorized<'t, B, T>),
}

/// Decides by policy what the script of one run may do. The only maker of [`Authorized`].
pub struct Gate {
    index: Index,
    policies: Policies,
    requests: Requests,
    authorizer: Authorizer,
    principal: Rc<str>,
    decisions: Decisions,
    journal: Journal,
    observing: bool,
    running: Cell<Option<Running>>,
    stop: Option<StopCheck>,
    meter: Meter,
    audit: Audit,
}

/// The script function that runs at present.
#[derive(Debug, Clone, Copy)]
struct Running {
    function: &'static str,
    needs: &'static [Need],
    line: usize,
}

impl Gate {
    /// A gate that decides for the account `principal` by `policies`.
    pub fn new(policies: Policies, principal: &str) -> Self {
        Self {
            index: Index::new(&policies, principal),
            requests: Requests::new(&policies, principal),
            policies,
            authorizer: Authorizer::new(),
            principal: principal.into(),
            decisions: Decisions::default(),
            journal: Journal::default(),
            observing: false,
            running: Cell::new(None),
            stop: None,
            meter: Meter::default(),
            audit: Audit::default(),
        }
    }

    /// A gate that keeps denials in its journal and lets everything pass: for learning what a script needs, never for
    /// production. Whoever uses it says so in all output; neither a script nor a policy can reach it.
    pub fn observing(policies: Policies, principal: &str) -> Self {
        Self { observing: true, ..Self::new(policies, principal) }
    }

    /// Lets `journal` keep the verdicts instead of a fresh one.
    #[must_use]
    pub fn with_journal(self, journal: Journal) -> Self {
        Self { journal, ..self }
    }

    /// Lets `stop` say when the run has to end. It is asked at the start of each function and within long operations.
    #[must_use]
    pub fn with_stop(self, stop: impl Fn() -> Option<Stopped> + 'static) -> Self {
        Self { stop: Some(Box::new(stop)), ..self }
    }

    /// Bounds what the run may use up. `exhausted` says how it ends where that would be exceeded.
    #[must_use]
    pub fn with_budget(self, budget: Budget, exhausted: impl Fn(Means) -> Stopped + 'static) -> Self {
        Self { meter: Meter::new(budget, exhausted), ..self }
    }

    /// Lets policies see `run` in the context of every request.
    #[must_use]
    pub fn for_run(mut self, run: &Run) -> Self {
        self.requests.set_run(run);
        self
    }

    /// Lets `auditor` keep a record of each verdict before it takes effect. Where it cannot, the verdict is a denial and the run ends.
    #[must_use]
    pub fn with_auditor(self, auditor: impl Auditor + 'static) -> Self {
        Self { audit: Audit::by(auditor), ..self }
    }

    /// The account that this gate decides for.
    pub fn principal(&self) -> &str {
        &self.principal
    }

    /// Whether denials are let pass.
    pub fn is_observing(&self) -> bool {
        self.observing
    }

    /// What was decided so far.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Asks whether `A` is allowed on `target`.
    ///
    /// # Errors
    /// [`Denied`] when no permit matches, a forbid matches, a policy cannot be evaluated, or the running function did not declare
    /// the need.
    pub fn authorize<'t, A: Action, T: Accepts<A>>(&self, target: &'t T) -> Result<Authorized<'t, A, T>, Denied> {
        self.judge::<A, T>(target)?;
        Ok(Authorized::new(target))
    }

    /// Asks whether `A` is allowed on `target`, and where it is not, whether `B` is. Only a verdict that stands goes into the journal:
    /// one of `B`, or where both are denied that of `A`.
    ///
    /// # Errors
    /// [`Denied`], of `A`, when both are.
    pub fn authorize_either<'t, A: Action, B: Action, T: Accepts<A> + Accepts<B>>(
        &self,
        target: &'t T,
    ) -> Result<Either<'t, A, B, T>, Denied> {
        let id = target.id();
        let first = self.consider::<A, T>(target, &id);
        if first.is_denial() {
            let second = self.consider::<B, T>(target, &id);
            if !second.is_denial() {
                self.conclude(B::DEFINITION, <T::Kind as ResourceKind>::KIND, &id, &second)?;
                return Ok(Either::Second(Authorized::new(target)));
            }
        }
        self.conclude(A::DEFINITION, <T::Kind as ResourceKind>::KIND, &id, &first)?;
        Ok(Either::First(Authorized::new(target)))
    }

    /// Asks whether a policy forbids `A` on `target`: no permit is needed, but each forbid holds. Only for a part of what another permit
    /// already covers, such as connecting to the address of a url that may be fetched.
    ///
    /// # Errors
    /// [`Denied`] when a forbid matches, a policy cannot be evaluated, or the running function did not declare the need.
    pub fn authorize_unless_forbidden<'t, A: Action, T: Accepts<A>>(
        &self,
        target: &'t T,
    ) -> Result<Authorized<'t, A, T>, Denied> {
        let id = target.id();
        let mut decision = self.consider::<A, T>(target, &id);
        if decision.is_only_unpermitted() {
            decision = Decision::allowed();
        }
        self.record(A::DEFINITION, <T::Kind as ResourceKind>::KIND, &id, &decision, Extent::UnlessForbidden)?;
        Ok(Authorized::new(target))
    }

    /// Asks whether `A` is allowed on everything of one kind directly in a directory, where the policy speaks of the directory as a
    /// whole. Nothing where it does not, or does not allow it: then each is to be asked for alone.
    pub fn authorize_all<'t, A, T>(&self, children: &'t T) -> Option<Authorized<'t, A, T>>
    where
        A: Action<Context = Empty>,
        T: Accepts<A> + Children,
    {
        let slot = self.index.slot(A::DEFINITION, <T::Kind as ResourceKind>::KIND)?;
        if !slot.holds_for_all_in(children.directory()) {
            return None;
        }
        let id = children.id();
        let decision = self.consider::<A, T>(children, &id);
        if decision.is_denial() {
            return None;
        }
        self.record(A::DEFINITION, <T::Kind as ResourceKind>::KIND, &id, &decision, Extent::Directory).ok()?;
        Some(Authorized::new(children))
    }

    /// Gives out a value that was fetched to be judged, if `A` is allowed on it.
    ///
    /// # Errors
    /// As [`Self::authorize`]; the value is dropped then.
    pub fn release<A: Action, T: Accepts<A>>(&self, held: Unjudged<T>) -> Result<T, Denied> {
        self.judge::<A, T>(held.peek())?;
        Ok(held.judged())
    }

    /// Runs `body` as the script function `function`, called on script line `line`: within it, only `needs` may be asked for.
    pub fn within<R>(
        &self,
        function: &'static str,
        needs: &'static [Need],
        line: usize,
        body: impl FnOnce(&Gate) -> R,
    ) -> R {
        let _outer =
            Restore { slot: &self.running, before: self.running.replace(Some(Running { function, needs, line })) };
        body(self)
    }

    /// Asks whether the run may go on. Long operations ask every few milliseconds.
    ///
    /// # Errors
    /// [`Stopped`] when the run has to end now.
    pub fn proceed(&self) -> Result<(), Stopped> {
        if let Some(failed) = self.audit.failure() {
            return Err(failed);
        }
        match self.stop.as_ref().and_then(|stop| stop()) {
            None => Ok(()),
            Some(stopped) => Err(stopped),
        }
    }

    /// Counts `amount` as used, before it is: what would exceed the budget must not happen.
    ///
    /// # Errors
    /// [`Stopped`] where the budget does not have as much left. Nothing is counted then.
    #[inline]
    pub fn spend(&self, means: Means, amount: u64) -> Result<(), Stopped> {
        self.meter.spend(means, amount)
    }

    /// How much is left of the budget; `u64::MAX` where there is none.
    pub fn left(&self, means: Means) -> u64 {
        self.meter.left(means)
    }

    /// What the run may use.
    pub fn budget(&self) -> &Budget {
        self.meter.budget()
    }

    /// Asks whether the process ever ran out of descriptors, as far as [`note_failure`](crate::note_failure) was told.
    ///
    /// # Errors
    /// [`Stopped`] where it did.
    #[inline]
    pub fn check_descriptors(&self) -> Result<(), Stopped> {
        if descriptors::ran_out() { Err(self.meter.refuse(Means::Descriptors)) } else { Ok(()) }
    }

    /// What was used so far.
    pub fn usage(&self) -> Usage {
        self.meter.usage()
    }

    /// The state of things as a function begins, where an auditor wants to know how it ends.
    pub fn mark(&self) -> Option<Mark> {
        self.audit.is_on().then(|| Mark { allowed: self.journal.allowed(), usage: self.usage(), began: Instant::now() })
    }

    /// Tells the auditor how the function ended that began at `mark`, if it was granted something. `error` is the kind of its error.
    ///
    /// # Errors
    /// [`Stopped`] where this or an earlier record could not be kept.
    pub fn ended(&self, mark: &Mark, function: &'static str, line: usize, error: Option<&str>) -> Result<(), Stopped> {
        if let Some(failed) = self.audit.failure() {
            return Err(failed);
        }
        if self.journal.allowed() == mark.allowed {
            return Ok(());
        }
        let (took, usage) = (mark.began.elapsed(), self.usage().since(mark.usage));
        self.audit.ended(&Effect { function, line, error, took, usage })
    }

    #[inline]
    fn judge<A: Action, T: Accepts<A>>(&self, target: &T) -> Result<(), Denied> {
        let id = target.id();
        let decision = self.consider::<A, T>(target, &id);
        self.conclude(A::DEFINITION, <T::Kind as ResourceKind>::KIND, &id, &decision)
    }

    /// What is decided of a request, the needs of the running function held first.
    #[inline]
    fn consider<A: Action, T: Accepts<A>>(&self, target: &T, id: &str) -> Decision {
        self.decide(A::DEFINITION, <T::Kind as ResourceKind>::KIND, id, &Asked::new(target))
    }

    fn decide(&self, action: &'static Definition, kind: Kind, id: &str, asked: &dyn Facts) -> Decision {
        if let Some(Running { function, needs, .. }) = self.running.get()
            && !needs.contains(&Need { action, kind })
        {
            return Decision::denied(Cause::Undeclared { function }, Rc::new([]));
        }
        let Some(slot) = self.index.slot(action, kind) else {
            return Decision::denied(Cause::NotPermitted, Rc::new([]));
        };
        let Some(question) = Self::question(slot, action, kind, id, asked) else {
            return self.evaluate(slot, action, kind, id, asked);
        };
        let evaluate = || self.evaluate(slot, action, kind, id, asked);
        self.decisions.get_or_insert_with(question, || match question.scope {
            Scope::Directory => {
                let tree = Question { id: slot.nearest_named(question.id), scope: Scope::Tree, ..question };
                self.decisions.get_or_insert_with(tree, evaluate)
            }
            _ => evaluate(),
        })
    }

    /// What the verdict may be remembered for: the resource, or its whole directory; nothing where it depends on more.
    #[inline]
    fn question<'q>(
        slot: &Slot,
        action: &Definition,
        kind: Kind,
        id: &'q str,
        asked: &dyn Facts,
    ) -> Option<Question<'q>> {
        if !kind.is_path() || asked.demands_something() || (slot.reads.context && !asked.is_without_context()) {
            return None;
        }
        if slot.holds_for_directory(id)
            && let Some(directory) = path::parent(id)
        {
            return Some(Question { action: action.index, kind, id: directory, scope: Scope::Directory });
        }
        Some(Question { action: action.index, kind, id, scope: Scope::Resource })
    }

    #[cold]
    fn evaluate(&self, slot: &Slot, action: &'static Definition, kind: Kind, id: &str, asked: &dyn Facts) -> Decision {
        let Some(policies) = self.index.candidates(slot, kind, id) else {
            return Decision::denied(Cause::NotPermitted, Rc::new([]));
        };
        let (built, demands) = self.requests.build(action, kind, id, asked, slot);
        match built {
            Ok((request, entities)) => self.answer(kind, &request, &policies, &entities, &demands),
            Err(error) => Decision::denied(Cause::PolicyError(vec![error]), Rc::new([])),
        }
    }

    fn answer(
        &self,
        kind: Kind,
        request: &Request,
        policies: &cedar_policy::PolicySet,
        entities: &cedar_policy::Entities,
        demands: &Demands,
    ) -> Decision {
        if let Some(untold) = demands.untold(policies) {
            return Decision::denied(Cause::Unclear(untold), Rc::new([]));
        }
        let response = self.authorizer.is_authorized(request, policies, entities);
        // Cedar skips a policy that raises an error, so that an erroring forbid would let a permit win.
        let errors: Vec<String> = response.diagnostics().errors().map(ToString::to_string).collect();
        let mut reasons: Vec<_> = response.diagnostics().reason().map(|id| self.policies.name(id)).collect();
        reasons.sort();
        if !errors.is_empty() {
            return Decision::denied(Cause::PolicyError(errors), reasons.into());
        }
        match response.decision() {
            cedar_policy::Decision::Allow => {
                let permits = || response.diagnostics().reason().filter_map(|id| policies.policy(id));
                let for_files = if kind == Kind::Url { only_for_files(permits()) } else { None };
                match for_files.or_else(|| demands.unnamed(permits())) {
                    // Only an auditor asks which policies permitted it.
                    None if self.audit.is_on() => Decision::allowed_by(reasons.into()),
                    None => Decision::allowed(),
                    Some(unnamed) => Decision::denied(Cause::Unclear(unnamed), Rc::new([])),
                }
            }
            cedar_policy::Decision::Deny if reasons.is_empty() => Decision::denied(Cause::NotPermitted, Rc::new([])),
            cedar_policy::Decision::Deny => Decision::denied(Cause::Forbidden, reasons.into()),
        }
    }

    /// Writes the verdict into the journal and gives it.
    fn conclude(&self, action: &'static Definition, kind: Kind, id: &str, decision: &Decision) -> Result<(), Denied> {
        self.record(action, kind, id, decision, Extent::One)
    }

    fn record(
        &self,
        action: &'static Definition,
        kind: Kind,
        id: &str,
        decision: &Decision,
        extent: Extent,
    ) -> Result<(), Denied> {
        let (function, line) = self.running.get().map_or((None, 0), |running| (Some(running.function), running.line));
        let observing = self.observing;
        let verdict = Verdict {
            action,
            kind,
            id,
            denied: None,
            permitted_by: decision.permitted_by(),
            observing,
            extent,
            function,
            line,
        };
        let Some((cause, policies)) = decision.reason() else {
            if self.audit.judged(&verdict).is_err() {
                let denied = self.denied(action, kind, id, Cause::Unrecorded, Rc::new([]));
                self.journal.record(&Verdict { denied: Some(&denied), permitted_by: &[], ..verdict });
                return Err(denied);
            }
            self.journal.record(&verdict);
            return Ok(());
        };
        let undeclared = matches!(cause, Cause::Undeclared { .. });
        let denied = self.denied(action, kind, id, cause, policies);
        let verdict = Verdict { denied: Some(&denied), observing: observing && !undeclared, ..verdict };
        let kept = self.audit.judged(&verdict);
        self.journal.record(&verdict);
        if verdict.observing && kept.is_ok() { Ok(()) } else { Err(denied) }
    }

    fn denied(
        &self,
        action: &'static Definition,
        kind: Kind,
        id: &str,
        cause: Cause,
        policies: Rc<[Rc<str>]>,
    ) -> Denied {
        Denied::new(Rc::clone(&self.principal), action, kind, id.to_owned(), cause, policies)
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate")
            .field("principal", &self.principal)
            .field("observing", &self.observing)
            .finish_non_exhaustive()
    }
}

/// Puts the outer function back, also when the body panics.
struct Restore<'g> {
    slot: &'g Cell<Option<Running>>,
    before: Option<Running>,
}

impl Drop for Restore<'_> {
    fn drop(&mut self) {
        self.slot.set(self.before);
    }
}

#[cfg(test)]
mod audit_tests;
#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod tests;
