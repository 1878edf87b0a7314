//! The functions of arrays that ask the script how elements compare.
//!
//! The engine's own swallow every error of the script's function, also one that ends the run, and go on asking; and they panic where the
//! function contradicts itself.

use rex_runner_registrar_utils::Call;
use rhai::{Array, Dynamic, Engine, EvalAltResult, FnPtr};
use std::cmp::Ordering;

type Outcome<T> = Result<T, Box<EvalAltResult>>;

/// Replaces them in the engine.
pub(crate) fn register(engine: &mut Engine) {
    for name in ["sort", "sort_by"] {
        engine.register_fn(name, |call: Call<'_>, array: &mut Array, comparer: FnPtr| -> Outcome<()> {
            sort(array, &mut |x, y| compare(&call, &comparer, x, y))
        });
    }
    for name in ["order", "order_by"] {
        engine.register_fn(name, |call: Call<'_>, array: &mut Array, comparer: FnPtr| -> Outcome<Array> {
            let mut ordered = array.clone();
            sort(&mut ordered, &mut |x, y| compare(&call, &comparer, x, y))?;
            Ok(ordered)
        });
    }
    engine.register_fn("dedup", |call: Call<'_>, array: &mut Array, comparer: FnPtr| -> Outcome<()> {
        let mut ended = None;
        array.dedup_by(|x, y| {
            if ended.is_some() {
                return false;
            }
            let told = ask(&call, &comparer, y, x).unwrap_or_else(|error| {
                ended = Some(error);
                None
            });
            told.is_some_and(|told| told.as_bool().unwrap_or(false))
        });
        ended.map_or(Ok(()), Err)
    });
}

/// What the script's function says; nothing where it fails.
///
/// # Errors
/// What no script may catch.
fn ask(call: &Call<'_>, comparer: &FnPtr, x: &Dynamic, y: &Dynamic) -> Outcome<Option<Dynamic>> {
    match comparer.call_raw(call, None, [x.clone(), y.clone()]) {
        Ok(told) => Ok(Some(told)),
        Err(error) if error.unwrap_inner().is_catchable() => Ok(None),
        Err(error) => Err(error),
    }
}

fn compare(call: &Call<'_>, comparer: &FnPtr, x: &Dynamic, y: &Dynamic) -> Outcome<Ordering> {
    let told = ask(call, comparer, x, y)?.and_then(|told| {
        let by_truth = |_| told.as_bool().map(|before| if before { -1 } else { 1 });
        told.as_int().or_else(by_truth).ok()
    });
    Ok(told.map_or_else(|| x.type_id().cmp(&y.type_id()), |told| told.cmp(&0)))
}

/// Sorts stably, from the bottom up. Whatever `compare` says, every element stays; of an array that it fails on, too.
fn sort(array: &mut Array, compare: &mut dyn FnMut(&Dynamic, &Dynamic) -> Outcome<Ordering>) -> Outcome<()> {
    let length = array.len();
    let mut sorted: Vec<usize> = (0..length).collect();
    let mut merged = Vec::with_capacity(length);
    let mut width = 1;
    while width < length {
        merged.clear();
        for pair in sorted.chunks(width.saturating_mul(2)) {
            let (left, right) = pair.split_at(width.min(pair.len()));
            merge(array, left, right, &mut merged, compare)?;
        }
        std::mem::swap(&mut sorted, &mut merged);
        width = width.saturating_mul(2);
    }
    let mut elements: Vec<Option<Dynamic>> = std::mem::take(array).into_iter().map(Some).collect();
    array.extend(sorted.into_iter().filter_map(|at| elements.get_mut(at)?.take()));
    Ok(())
}

/// Appends two sorted runs of positions in `array` to `merged`, as one.
fn merge(
    array: &Array,
    left: &[usize],
    right: &[usize],
    merged: &mut Vec<usize>,
    compare: &mut dyn FnMut(&Dynamic, &Dynamic) -> Outcome<Ordering>,
) -> Outcome<()> {
    let (mut left, mut right) = (left.iter().copied().peekable(), right.iter().copied().peekable());
    while let (Some(&one), Some(&other)) = (left.peek(), right.peek()) {
        let (Some(x), Some(y)) = (array.get(one), array.get(other)) else { break };
        let next = if compare(x, y)? == Ordering::Greater { right.next() } else { left.next() };
        merged.extend(next);
    }
    merged.extend(left);
    merged.extend(right);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::register;
    use rhai::{Dynamic, Engine, EvalAltResult};

    fn both(script: &str) -> [String; 2] {
        let own = Engine::new();
        let mut engine = Engine::new();
        register(&mut engine);
        [own, engine].map(|engine| format!("{:?}", engine.eval::<Dynamic>(script).unwrap()))
    }

    #[test]
    fn they_do_what_the_engine_does() {
        let many = "let a = []; let n = 1; for i in 0..1000 { n = n * 7919 % 1009; a.push(n); }";
        for script in [
            "let a = []; a.sort(|x, y| x - y); a",
            "let a = [3]; a.sort(|x, y| x - y); a",
            "let a = [3, 1, 2]; a.sort(|x, y| x - y); a",
            "let a = [3, 1, 2]; a.sort_by(|x, y| y - x); a",
            "let a = [3, 1, 2]; a.order(|x, y| x - y) + a",
            "let a = [3, 1, 2]; a.order_by(|x, y| x < y)",
            "let a = [3, 1, 2]; a.sort(|x, y| x > y); a",
            r#"let a = ["b", 1, "a", 2]; a.sort(|x, y| "no answer"); a.map(|x| type_of(x)).len()"#,
            "let a = [[1, 1], [0, 2], [1, 3], [0, 4], [1, 5]]; a.sort(|x, y| x[0] - y[0]); a",
            "let a = [3, 1, 2]; a.sort(|x, y| { throw 1 }); a",
            "let a = [1, 1, 2, 2, 1]; a.dedup(|x, y| x == y); a",
            "let a = [1, 2, 4, 7, 8]; a.dedup(|x, y| y - x == 1); a",
            "let a = [1, 1]; a.dedup(|x, y| { throw 1 }); a",
            "let a = [1, 1]; a.dedup(|x, y| 1); a",
            &format!("{many} a.sort(|x, y| x - y); a"),
            &format!("{many} a.sort(|x, y| x % 10 - y % 10); a"),
        ] {
            let [expected, got] = both(script);
            assert_eq!(got, expected, "{script}");
        }
    }

    #[test]
    fn a_function_that_contradicts_itself_loses_no_element() {
        let mut engine = Engine::new();
        register(&mut engine);
        let script = "let a = []; for i in 0..500 { a.push(i); } let n = 1; \
                      a.sort(|x, y| { (x * 7919 + y * 104729) % 3 - 1 }); a.sort(); a == range(0, 500).to_array()";
        let script = script.replace("range(0, 500).to_array()", "{ let b = []; for i in 0..500 { b.push(i); } b }");
        assert!(engine.eval::<bool>(&script).unwrap());
    }

    #[test]
    fn what_ends_the_run_is_not_swallowed_and_nobody_is_asked_again() {
        for script in [
            "let a = []; a.pad(10000, 7); a.sort(|x, y| { loop {} });",
            "let a = []; a.pad(10000, 7); a.order(|x, y| { loop {} });",
            "let a = []; a.pad(10000, 7); a.dedup(|x, y| { loop {} });",
            "fn f() { [1, 2].sort(|x, y| f()); 1 } f()",
        ] {
            let mut engine = Engine::new();
            register(&mut engine);
            engine.set_max_operations(100_000);
            let asked = std::cell::Cell::new(0);
            engine.on_progress(move |_| {
                asked.set(asked.get() + 1);
                assert!(asked.get() < 200_000);
                None
            });
            let error = engine.eval::<Dynamic>(script).unwrap_err();
            let ended = matches!(
                error.unwrap_inner(),
                EvalAltResult::ErrorTooManyOperations(_) | EvalAltResult::ErrorStackOverflow(_)
            );
            assert!(ended, "{script}: {error}");
        }
    }
}
