//! A name server that answers as a test says.

use domain::base::iana::{Class, Rcode};
use domain::base::{Message, MessageBuilder, Name, Record, Rtype, Ttl};
use domain::rdata::{A, Aaaa, Cname, Mx, Ns, Ptr, Soa, Srv, Txt};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::str::FromStr as _;
use std::sync::{Arc, Mutex};
use std::thread;

/// A question that came in: over what, for which name and type.
pub(crate) type Asked = (&'static str, String, Rtype);

/// What is answered to the bytes of a question, packet by packet; `true` over TCP.
type Answers = dyn Fn(&[u8], bool) -> Vec<Vec<u8>> + Send + Sync;

#[derive(Debug)]
pub(crate) struct NameServer {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl NameServer {
    /// On a port of its own.
    pub(crate) fn new(answers: impl Fn(&[u8], bool) -> Vec<Vec<u8>> + Send + Sync + 'static) -> Self {
        Self::at("127.0.0.1:0", answers)
    }

    pub(crate) fn at(address: &str, answers: impl Fn(&[u8], bool) -> Vec<Vec<u8>> + Send + Sync + 'static) -> Self {
        // A port that is free for packets may be taken for streams.
        let both = || {
            let packets = UdpSocket::bind(address).unwrap();
            let streams = TcpListener::bind(packets.local_addr().unwrap());
            streams.map(|streams| (packets, streams))
        };
        let (packets, streams) = (0..20).find_map(|_| both().ok()).unwrap();
        let address = packets.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let answers: Arc<Answers> = Arc::new(answers);
        let (log, answer) = (Arc::clone(&asked), Arc::clone(&answers));
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok((length, peer)) = packets.recv_from(&mut buffer) {
                let question = &buffer[..length];
                log.lock().unwrap().push(seen("udp", question));
                for packet in answer(question, false) {
                    // Who asked may have what it needs.
                    let _ = packets.send_to(&packet, peer);
                }
            }
        });
        let log = Arc::clone(&asked);
        thread::spawn(move || {
            for mut stream in streams.incoming().map_while(Result::ok) {
                let mut length = [0; 2];
                if stream.read_exact(&mut length).is_err() {
                    continue;
                }
                let mut question = vec![0; u16::from_be_bytes(length).into()];
                stream.read_exact(&mut question).unwrap();
                log.lock().unwrap().push(seen("tcp", &question));
                for packet in answers(&question, true) {
                    let _ = stream.write_all(&packet);
                }
            }
        });
        Self { address, asked }
    }

    /// What was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

fn seen(carrier: &'static str, question: &[u8]) -> Asked {
    let question = Message::from_octets(question).unwrap().sole_question().unwrap();
    (carrier, question.qname().to_string(), question.qtype())
}

/// With its length in front, as over TCP.
pub(crate) fn framed(message: impl AsRef<[u8]>) -> Vec<u8> {
    let message = message.as_ref();
    [&u16::try_from(message.len()).unwrap().to_be_bytes()[..], message].concat()
}

pub(crate) fn name(text: &str) -> Name<Vec<u8>> {
    Name::from_str(text).unwrap()
}

/// The answer to a question with these records.
pub(crate) fn answer(question: &[u8], records: &[(&str, Data)]) -> Vec<u8> {
    let question = Message::from_octets(question).unwrap();
    let mut builder = MessageBuilder::new_vec().start_answer(&question, Rcode::NOERROR).unwrap();
    for (owner, data) in records {
        let owner = name(owner);
        let mut put =
            |record: &dyn Fn(&mut domain::base::message_builder::AnswerBuilder<Vec<u8>>)| record(&mut builder);
        macro_rules! push {
            ($data:expr) => {
                put(&|builder| builder.push(Record::new(owner.clone(), Class::IN, Ttl::from_secs(60), $data)).unwrap())
            };
        }
        match *data {
            Data::A(text) => push!(A::new(text.parse().unwrap())),
            Data::Aaaa(text) => push!(Aaaa::new(text.parse().unwrap())),
            Data::Cname(text) => push!(Cname::new(name(text))),
            Data::Mx(preference, text) => push!(Mx::new(preference, name(text))),
            Data::Ns(text) => push!(Ns::new(name(text))),
            Data::Ptr(text) => push!(Ptr::new(name(text))),
            Data::Soa => push!(Soa::new(
                name("ns.rex.test"),
                name("root.rex.test"),
                domain::base::Serial(7),
                Ttl::from_secs(1),
                Ttl::from_secs(2),
                Ttl::from_secs(3),
                Ttl::from_secs(4)
            )),
            Data::Srv(port) => push!(Srv::new(1, 2, port, name("DB.rex.test"))),
            Data::Txt(text) => push!(Txt::<Vec<u8>>::build_from_slice(text).unwrap()),
        }
    }
    builder.finish()
}

/// The answer to a question with a code and no records.
pub(crate) fn refusal(question: &[u8], code: Rcode) -> Vec<u8> {
    MessageBuilder::new_vec().start_answer(&Message::from_octets(question).unwrap(), code).unwrap().finish()
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Data {
    A(&'static str),
    Aaaa(&'static str),
    Cname(&'static str),
    Mx(u16, &'static str),
    Ns(&'static str),
    Ptr(&'static str),
    Soa,
    Srv(u16),
    Txt(&'static [u8]),
}
