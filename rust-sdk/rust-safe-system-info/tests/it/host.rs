//! What is told is what other tools tell.

use crate::inside::inside;
use rex_test_utils::gate;
use rust_safe_system_info as info;
use std::fs;
use std::process::Command;

const ALL: &str = "permit(principal, action, resource);";

fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn lines(path: &str) -> Vec<String> {
    fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn memory_swap_and_load() {
    let gate = gate(ALL);
    let kib = |name: &str| {
        let line = lines("/proc/meminfo").into_iter().find(|line| line.starts_with(name)).unwrap();
        line.split_ascii_whitespace().nth(1).unwrap().parse::<u64>().unwrap()
    };
    let memory = info::memory(&gate).unwrap();
    assert_eq!(memory.total, kib("MemTotal:") * 1024);
    assert_eq!(memory.used, memory.total - memory.available);
    assert_eq!(memory.figures().count(), lines("/proc/meminfo").len());
    assert_eq!(info::swap(&gate).unwrap().total, kib("SwapTotal:") * 1024);
    assert_eq!(info::swap_devices(&gate).unwrap().len(), lines("/proc/swaps").len() - 1);
    let load = info::load_average(&gate).unwrap();
    assert!(load.running >= 1 && load.total >= load.running);
    let text = fs::read_to_string("/proc/uptime").unwrap();
    let uptime: f64 = text.split(' ').next().unwrap().parse().unwrap();
    assert!((info::uptime(&gate).unwrap() - uptime).abs() < 5.0);
}

#[test]
fn processors_and_names() {
    let gate = gate(ALL);
    let numbered =
        |line: &&String| line.strip_prefix("cpu").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let online = lines("/proc/stat").iter().filter(numbered).count() as u64;
    assert_eq!(info::cpu_count(&gate).unwrap(), online);
    let stats = info::kernel_stats(&gate).unwrap();
    assert_eq!(stats.cpus.len() as u64, online);
    assert!(lines("/proc/stat").contains(&format!("btime {}", stats.boot_time)));
    let names = info::uname(&gate).unwrap();
    let told = [
        run("uname", &["-s"]),
        run("uname", &["-n"]),
        run("uname", &["-r"]),
        run("uname", &["-v"]),
        run("uname", &["-m"]),
    ];
    assert_eq!(
        [names.kernel_name, names.nodename.clone(), names.kernel_release, names.kernel_version, names.machine],
        told
    );
    assert_eq!(info::hostname(&gate).unwrap(), names.nodename);
    let mut cpus = info::cpus(&gate).unwrap().len() as u64;
    // Not every architecture lists each.
    cpus = cpus.max(1);
    assert!(cpus <= online);
    assert_eq!(info::interrupts(&gate).unwrap().len(), lines("/proc/interrupts").len() - 1);
}

/// Affinity counts, as nproc(1) has it.
#[test]
fn available_processors_are_those_of_the_affinity() {
    let one = std::thread::spawn(|| {
        let mut set = rustix::thread::sched_getaffinity(None).unwrap();
        let first = (0..rustix::thread::CpuSet::MAX_CPU).find(|cpu| set.is_set(*cpu)).unwrap();
        set = rustix::thread::CpuSet::new();
        set.set(first);
        rustix::thread::sched_setaffinity(None, &set).unwrap();
        info::available_cpu_count(&gate(ALL)).unwrap()
    });
    assert_eq!(one.join().unwrap(), 1);
    assert!(info::available_cpu_count(&gate(ALL)).unwrap() >= 1);
}

#[test]
fn pressure_where_the_kernel_tells_it() {
    let gate = gate(ALL);
    for scarce in info::Scarce::ALL {
        let path = format!("/proc/pressure/{}", scarce.word());
        match (info::pressure(&gate, scarce), fs::read_to_string(&path)) {
            (Ok(pressure), Ok(text)) => {
                assert!(pressure.some.avg10 <= 100.0);
                assert_eq!(pressure.full.is_some(), text.contains("full"));
            }
            (Err(error), Err(_)) => assert!(error.to_string().starts_with("the kernel tells no pressure"), "{error}"),
            (ours, theirs) => panic!("{path}: {ours:?}, {theirs:?}"),
        }
    }
}

#[test]
fn slabs_are_those_of_the_kernel() {
    let Ok(text) = fs::read_to_string("/proc/slabinfo") else {
        eprintln!("skipped: /proc/slabinfo can only be read by root");
        return;
    };
    let slabs = info::slabs(&gate(ALL)).unwrap();
    assert_eq!(slabs.caches.len(), text.lines().count() - 2);
    assert!(slabs.caches.is_sorted_by_key(|cache| std::cmp::Reverse(cache.objects)));
}

/// Whoever can mount something over a file of the kernel can tell REX nothing.
#[test]
fn what_lies_over_a_file_of_the_kernel_is_refused() {
    let prepare = "mount -t tmpfs none /mnt; echo 'cpu0 1' > /mnt/f; mount --bind /mnt/f /proc/stat; mount --bind /mnt/f /proc/meminfo";
    inside("host::what_lies_over_a_file_of_the_kernel_is_refused", prepare, || {
        let gate = gate(ALL);
        for error in [
            info::cpu_count(&gate).unwrap_err(),
            info::kernel_stats(&gate).unwrap_err(),
            info::memory(&gate).unwrap_err(),
        ] {
            assert!(error.to_string().contains("something else is mounted there"), "{error}");
        }
    });
}
