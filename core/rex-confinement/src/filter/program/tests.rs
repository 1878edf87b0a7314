//! Programs are run here as the kernel would run them, beside what they should answer and what the library makes of the same.

use super::{Answer, Condition, MACHINE, of};
use nix::libc::{self, c_long};
use proptest::collection::{btree_map, vec};
use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    sock_filter,
};
use std::collections::BTreeMap;

type Arguments = [u32; 6];

/// What the kernel would do with the program: `linux/filter.h` in small, for the instructions that are in use here and in seccompiler.
fn run(program: &[sock_filter], machine: u32, call: u32, arguments: Arguments) -> u32 {
    let data: Vec<u32> =
        [call, machine, 0, 0].into_iter().chain(arguments.into_iter().flat_map(|low| [low, 0])).collect();
    let (mut at, mut accumulator) = (0, 0);
    for _ in 0..program.len() {
        let sock_filter { code, jt, jf, k } = program[at];
        at += 1;
        let mut jump = |holds: bool| at += usize::from(if holds { jt } else { jf });
        match u32::from(code) {
            code if code == libc::BPF_LD | libc::BPF_W | libc::BPF_ABS => accumulator = data[k as usize / 4],
            code if code == libc::BPF_ALU | libc::BPF_AND | libc::BPF_K => accumulator &= k,
            code if code == libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K => jump(accumulator == k),
            code if code == libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K => jump(accumulator >= k),
            code if code == libc::BPF_JMP | libc::BPF_JA => at += k as usize,
            code if code == libc::BPF_RET | libc::BPF_K => return k,
            code => panic!("instruction {code:#x}"),
        }
    }
    panic!("no end")
}

fn answer(answers: &BTreeMap<c_long, Answer>, others: &Answer, call: u32, arguments: Arguments) -> u32 {
    let fails = |error: i32| libc::SECCOMP_RET_ERRNO | error.unsigned_abs();
    let holds = |condition: &Condition| arguments[usize::from(condition.argument)] & condition.mask == condition.value;
    match answers.get(&c_long::from(call)).unwrap_or(others) {
        Answer::Allow => libc::SECCOMP_RET_ALLOW,
        Answer::Fail(error) => fails(*error),
        Answer::AllowIf(lists) if lists.iter().any(|list| list.iter().all(holds)) => libc::SECCOMP_RET_ALLOW,
        Answer::AllowIf(_) => fails(libc::EPERM),
    }
}

/// The same by the library, which knows two answers only.
fn of_the_library(answers: &BTreeMap<c_long, Answer>) -> BpfProgram {
    let condition = |condition: &Condition| {
        let operator = SeccompCmpOp::MaskedEq(condition.mask.into());
        SeccompCondition::new(condition.argument, SeccompCmpArgLen::Dword, operator, condition.value.into()).unwrap()
    };
    let rules = answers.iter().filter_map(|(call, answer)| match answer {
        Answer::Allow => Some((*call, vec![])),
        Answer::Fail(_) => None,
        Answer::AllowIf(lists) => {
            let rule = |list: &Vec<Condition>| SeccompRule::new(list.iter().map(condition).collect()).unwrap();
            Some((*call, lists.iter().map(rule).collect()))
        }
    });
    let refused = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    let machine = std::env::consts::ARCH.try_into().unwrap();
    SeccompFilter::new(rules.collect(), refused, SeccompAction::Allow, machine).unwrap().try_into().unwrap()
}

fn conditions() -> impl Strategy<Value = Condition> {
    let mask = prop_oneof![Just(u32::MAX), 0..8_u32];
    (0..3_u8, mask, 0..4_u32).prop_map(|(argument, mask, value)| Condition { argument, mask, value: value & mask })
}

fn answers() -> impl Strategy<Value = BTreeMap<c_long, Answer>> {
    let answer = prop_oneof![
        3 => Just(Answer::Allow),
        1 => Just(Answer::Fail(libc::EPERM)),
        1 => vec(vec(conditions(), 1..4), 1..4).prop_map(Answer::AllowIf),
    ];
    // So many that some jumps are far ones.
    prop_oneof![btree_map(0..40 as c_long, answer.clone(), 0..40), btree_map(0..700 as c_long, answer, 0..700)]
}

proptest! {
    #[test]
    fn each_call_has_the_answer_that_was_given(
        answers in answers(),
        allows in any::<bool>(),
        error in prop_oneof![Just(libc::EPERM), Just(libc::ENOSYS)],
        arguments in [0..4_u32, 0..4, 0..4, 0..4, 0..4, 0..4],
    ) {
        let others = if allows { Answer::Allow } else { Answer::Fail(error) };
        let program = of(&answers, &others);
        for call in (0..702).chain([0x3fff_ffff]) {
            assert_eq!(run(&program, MACHINE, call, arguments), answer(&answers, &others, call, arguments), "call {call}");
        }
    }

    #[test]
    fn the_library_gives_the_same_answers(answers in answers(), arguments in [0..4_u32, 0..4, 0..4, 0..4, 0..4, 0..4]) {
        let (own, library) = (of(&answers, &Answer::Fail(libc::EPERM)), of_the_library(&answers));
        for call in 0..702 {
            assert_eq!(run(&own, MACHINE, call, arguments), run(&library, MACHINE, call, arguments), "call {call}");
        }
    }

    #[test]
    fn what_a_condition_does_not_ask_about_does_not_count(value in any::<u32>(), mask in any::<u32>()) {
        let only = Condition { argument: 5, mask, value: 3 & mask };
        let answers = BTreeMap::from([(7, Answer::AllowIf(vec![vec![only]]))]);
        let allowed = run(&of(&answers, &Answer::Fail(1)), MACHINE, 7, [1, 1, 1, 1, 1, value]) == libc::SECCOMP_RET_ALLOW;
        assert_eq!(allowed, value & mask == 3 & mask);
    }
}

#[test]
fn calls_by_their_second_numbers_are_not_there() {
    for others in [Answer::Allow, Answer::Fail(libc::EPERM)] {
        let program = of(&BTreeMap::from([(0, Answer::Allow)]), &others);
        for call in [0x4000_0000, 0x4000_0000 + 169, 0x7fff_ffff, 0x8000_0000, u32::MAX] {
            assert_eq!(run(&program, MACHINE, call, [0; 6]), libc::SECCOMP_RET_ERRNO | libc::ENOSYS.unsigned_abs());
        }
    }
}

#[test]
fn calls_of_another_machine_end_the_process() {
    let program = of(&BTreeMap::new(), &Answer::Allow);
    // AUDIT_ARCH_I386
    assert_eq!(run(&program, 0x4000_0003, 4, [0; 6]), libc::SECCOMP_RET_KILL_PROCESS);
    assert_eq!(run(&program, MACHINE, 4, [0; 6]), libc::SECCOMP_RET_ALLOW);
}
