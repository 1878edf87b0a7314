//! What an event is about, in the fields that its class has for it.

use super::Product;
use crate::ocsf::{Class, Subject};
use serde::Serialize;

/// The fields of all classes; those of others are left out.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Parts<'p> {
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<File<'p>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    process: Option<Process<'p>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    http_request: Option<Request<'p>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    query: Option<Host<'p>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    app: Option<Product>,
    #[serde(skip_serializing_if = "Option::is_none")]
    api: Option<Api<'p>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resources: Option<[Resource<'p>; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    src_endpoint: Option<Host<'p>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dst_endpoint: Option<Endpoint<'p>>,
}

#[derive(Debug, Serialize)]
struct File<'p> {
    name: &'p str,
    path: &'p str,
    type_id: u8,
}

#[derive(Debug, Serialize)]
struct Process<'p> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pid: Option<u32>,
    /// Where no number tells the process: what it would be started from.
    #[serde(skip_serializing_if = "Option::is_none")]
    uid: Option<&'p str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<File<'p>>,
}

#[derive(Debug, Serialize)]
struct Request<'p> {
    http_method: &'p str,
    url: Url<'p>,
}

#[derive(Debug, Serialize)]
struct Url<'p> {
    url_string: &'p str,
}

#[derive(Debug, Serialize)]
struct Host<'p> {
    hostname: &'p str,
}

#[derive(Debug, Serialize)]
struct Endpoint<'p> {
    name: &'p str,
}

#[derive(Debug, Serialize)]
struct Api<'p> {
    operation: &'p str,
}

#[derive(Debug, Serialize)]
struct Resource<'p> {
    name: &'p str,
    r#type: &'p str,
}

fn file<'p>(path: &'p str, kind: &str) -> File<'p> {
    let name = path.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or(path);
    File { name, path, type_id: if kind == "file_system::Dir" { 2 } else { 1 } }
}

/// The fields for `activity` of `class` on `resource`, its id and type; a call is one of `function`.
pub(crate) fn subject<'p>(
    class: Class,
    activity: &'p str,
    resource: Option<(&'p str, &'p str)>,
    host: &'p str,
    product: Product,
    function: Option<&'p str>,
) -> Parts<'p> {
    let (id, kind) = resource.unwrap_or_default();
    let none = Parts::default();
    let src_endpoint = Some(Host { hostname: host });
    match class.subject() {
        Subject::File => Parts { file: Some(file(id, kind)), ..none },
        Subject::Process => {
            let pid = id.parse().ok();
            let started = (kind == "file_system::File").then(|| file(id, kind));
            let process = Process { pid, uid: pid.is_none().then_some(id), file: started };
            Parts { process: Some(process), ..none }
        }
        Subject::Endpoint => Parts { src_endpoint, dst_endpoint: Some(Endpoint { name: id }), ..none },
        Subject::Request => {
            let request = Request { http_method: activity, url: Url { url_string: id } };
            Parts { http_request: Some(request), src_endpoint, ..none }
        }
        Subject::Query => Parts { query: Some(Host { hostname: id }), src_endpoint, ..none },
        Subject::Application => Parts { app: Some(product), ..none },
        Subject::Api => {
            let operation = if resource.is_some() { activity } else { function.unwrap_or(activity) };
            let resources = resource.map(|(name, kind)| [Resource { name, r#type: kind }]);
            Parts { api: Some(Api { operation }), resources, src_endpoint, ..none }
        }
    }
}

/// The name that the schema gives to the activity of `class`; `activity` where it is none of the schema's.
pub(super) fn activity(class: Class, activity: &str) -> &str {
    match (class.subject(), class.activity) {
        (Subject::File | Subject::Api, 1) => "Create",
        (Subject::File | Subject::Api, 2) => "Read",
        (Subject::File | Subject::Api, 3) => "Update",
        (Subject::File | Subject::Api, 4) | (Subject::Request, 2) => "Delete",
        (Subject::File, 5) => "Rename",
        (Subject::File, 6) => "Set Attributes",
        (Subject::File, 7) => "Set Security",
        (Subject::File, 8) => "Get Attributes",
        (Subject::File, 13) => "Unmount",
        (Subject::File, 14) | (Subject::Process, 3) | (Subject::Endpoint, 1) => "Open",
        (Subject::Process, 1) => "Launch",
        (Subject::Process, 2) => "Terminate",
        (Subject::Request, 3) => "Get",
        (Subject::Request, 4) => "Head",
        (Subject::Request, 6) => "Post",
        (Subject::Request, 7) => "Put",
        (Subject::Request, 9) => "Patch",
        (Subject::Query, 1) => "Query",
        (Subject::Application, 3) => "Start",
        (Subject::Application, 4) => "Stop",
        _ => activity,
    }
}
