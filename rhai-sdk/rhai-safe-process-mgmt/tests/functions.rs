//! Every function of this crate is what it says: doc, needs, examples.

#[test]
fn every_function_holds_to_its_needs_and_examples() {
    rex_test_utils::check_functions(|registrar, _| rhai_safe_process_mgmt::register_processes(registrar));
}
