//! Questions and answers as bytes (RFC 1035, 4).

use super::record::{Record, RecordData, RecordType};
use crate::host::DnsName;
use domain::base::iana::{Class, Opcode, Rcode, Rtype};
use domain::base::name::ToName;
use domain::base::wire::ParseError;
use domain::base::{Message, MessageBuilder, ParsedName, ParsedRecord, RecordSection};
use domain::rdata::{A, Aaaa, Cname, Mx, Ns, Ptr, Soa, Srv, Txt};

/// How many names an answer may lead through.
pub(super) const MOST_ALIASES: usize = 16;

/// A question to a server.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question<'q> {
    pub(super) id: u16,
    pub(super) name: &'q DnsName,
    pub(super) kind: RecordType,
}

/// What a server answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// The records asked for, which may be none.
    Records(Vec<Record>),
    /// The name stands for another, which the answer does not tell about.
    Alias(DnsName),
    /// There is no such name.
    NoSuchName,
    /// The answer is too long for a packet.
    Truncated,
    /// The server does not answer, for this reason.
    Failure(String),
}

/// What came is the answer to the question, and is broken; why.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed(pub(super) String);

impl From<ParseError> for Malformed {
    fn from(error: ParseError) -> Self {
        Self(error.to_string())
    }
}

impl Question<'_> {
    /// The question as bytes.
    pub(super) fn message(&self) -> Vec<u8> {
        let mut builder = MessageBuilder::new_vec();
        builder.header_mut().set_id(self.id);
        builder.header_mut().set_rd(true);
        let mut builder = builder.question();
        // A name and four bytes fit into a message.
        let _ = builder.push((self.name.wire(), rtype(self.kind)));
        builder.finish()
    }

    /// What `bytes` answer; nothing where they are no answer to this question, which anyone may send.
    ///
    /// # Errors
    /// [`Malformed`] for an answer that breaks the rules.
    pub(super) fn answer(&self, bytes: &[u8]) -> Result<Option<Answer>, Malformed> {
        let Ok(message) = Message::from_slice(bytes) else { return Ok(None) };
        let header = message.header();
        if header.id() != self.id || !header.qr() || header.opcode() != Opcode::QUERY {
            return Ok(None);
        }
        let is_asked = |question: domain::base::Question<ParsedName<_>>| {
            question.qname().name_eq(self.name.wire())
                && question.qtype() == rtype(self.kind)
                && question.qclass() == Class::IN
        };
        let failure = || Some(Answer::Failure(rcode(header.rcode())));
        match message.sole_question() {
            Ok(question) if is_asked(question) => {}
            // Servers that cannot read a question need not repeat it.
            Err(_) if message.header_counts().qdcount() == 0 && header.rcode() == Rcode::FORMERR => {
                return Ok(failure());
            }
            _ => return Ok(None),
        }
        if header.tc() {
            return Ok(Some(Answer::Truncated));
        }
        match header.rcode() {
            Rcode::NOERROR => Ok(Some(self.records(&message.answer()?)?)),
            // An alias may lead to a name that is not there: then there is no such name, either.
            Rcode::NXDOMAIN => Ok(Some(Answer::NoSuchName)),
            _ => Ok(failure()),
        }
    }

    /// The records behind all aliases.
    fn records(&self, section: &RecordSection<'_, [u8]>) -> Result<Answer, Malformed> {
        let records = section.collect::<Result<Vec<_>, _>>()?;
        let records: Vec<_> = records.into_iter().filter(|record| record.class() == Class::IN).collect();
        let mut name = self.name.clone();
        for _ in 0..MOST_ALIASES {
            let own = || records.iter().filter(|record| record.owner().name_eq(name.wire()));
            let wanted: Vec<Record> = own()
                .filter(|record| record.rtype() == rtype(self.kind))
                .map(|record| read(record, &name))
                .collect::<Result<_, _>>()?;
            if !wanted.is_empty() {
                return Ok(Answer::Records(wanted));
            }
            let Some(alias) = own().find(|record| record.rtype() == Rtype::CNAME) else {
                let same = name.wire() == self.name.wire();
                return Ok(if same { Answer::Records(Vec::new()) } else { Answer::Alias(name) });
            };
            let alias = alias.to_record::<Cname<_>>()?.ok_or_else(|| Malformed("an alias without name".to_owned()))?;
            name = DnsName::of_wire(alias.data().cname()).ok_or_else(|| Malformed("an alias too long".to_owned()))?;
        }
        Err(Malformed(format!("more than {MOST_ALIASES} names stand for one another")))
    }
}

fn read(record: &ParsedRecord<'_, [u8]>, name: &DnsName) -> Result<Record, Malformed> {
    let data = match record.rtype() {
        Rtype::A => record.to_record::<A>()?.map(|of| RecordData::A(of.data().addr())),
        Rtype::AAAA => record.to_record::<Aaaa>()?.map(|of| RecordData::Aaaa(of.data().addr())),
        Rtype::CNAME => record.to_record::<Cname<_>>()?.map(|of| RecordData::Cname(text(of.data().cname()))),
        Rtype::NS => record.to_record::<Ns<_>>()?.map(|of| RecordData::Ns(text(of.data().nsdname()))),
        Rtype::PTR => record.to_record::<Ptr<_>>()?.map(|of| RecordData::Ptr(text(of.data().ptrdname()))),
        Rtype::MX => {
            record.to_record::<Mx<_>>()?.map(|of| RecordData::Mx(of.data().preference(), text(of.data().exchange())))
        }
        Rtype::SRV => record.to_record::<Srv<_>>()?.map(|of| {
            let srv = of.data();
            let (priority, weight, port) = (srv.priority(), srv.weight(), srv.port());
            RecordData::Srv { priority, weight, port, target: text(srv.target()) }
        }),
        Rtype::SOA => record.to_record::<Soa<_>>()?.map(|of| {
            let soa = of.data();
            RecordData::Soa {
                server: text(soa.mname()),
                mailbox: text(soa.rname()),
                serial: soa.serial().into_int(),
                refresh: soa.refresh().as_secs(),
                retry: soa.retry().as_secs(),
                expire: soa.expire().as_secs(),
                minimum: soa.minimum().as_secs(),
            }
        }),
        Rtype::TXT => {
            record.to_record::<Txt<_>>()?.map(|of| RecordData::Txt(of.data().iter().map(<[u8]>::to_vec).collect()))
        }
        _ => None,
    };
    let data = data.ok_or_else(|| Malformed("a record of another type".to_owned()))?;
    // RFC 2181, 8: what has the highest bit set counts as 0.
    let ttl = record.ttl().as_secs();
    let ttl = if ttl > u32::MAX >> 1 { 0 } else { ttl };
    Ok(Record { name: name.to_string(), ttl, data })
}

fn text(name: &impl ToName) -> String {
    DnsName::of_wire(name).map(|name| name.to_string()).unwrap_or_default()
}

fn rtype(kind: RecordType) -> Rtype {
    match kind {
        RecordType::A => Rtype::A,
        RecordType::Aaaa => Rtype::AAAA,
        RecordType::Cname => Rtype::CNAME,
        RecordType::Mx => Rtype::MX,
        RecordType::Ns => Rtype::NS,
        RecordType::Ptr => Rtype::PTR,
        RecordType::Soa => Rtype::SOA,
        RecordType::Srv => Rtype::SRV,
        RecordType::Txt => Rtype::TXT,
    }
}

fn rcode(rcode: Rcode) -> String {
    rcode.to_mnemonic_str().map_or_else(|| format!("code {}", rcode.to_int()), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::{Answer, Question};
    use crate::dns::RecordType;
    use crate::fuzz::fuzz;
    use crate::host::DnsName;
    use domain::base::Message;

    #[test]
    fn a_question_is_as_the_wire_wants_it() {
        let name = DnsName::parse("Db.rex.test").unwrap();
        let bytes = Question { id: 0x1234, name: &name, kind: RecordType::Aaaa }.message();
        assert_eq!(bytes[..12], [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
        assert_eq!(&bytes[12..], b"\x02db\x03rex\x04test\0\0\x1c\0\x01");
        assert_eq!(Message::from_octets(bytes).unwrap().sole_question().unwrap().qname().to_string(), "db.rex.test");
    }

    /// Answers of all types, made by hand.
    fn seeds() -> Vec<Vec<u8>> {
        let data: [(u8, &[u8]); 9] = [
            (1, &[10, 0, 0, 1]),
            (28, &[0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7]),
            (5, b"\x05other\xc0\x0c"),
            (15, b"\0\x0a\x04mail\xc0\x0c"),
            (2, b"\x02ns\xc0\x0c"),
            (12, b"\xc0\x0c"),
            (6, b"\xc0\x0c\xc0\x0c\0\0\0\x07\0\0\0\x01\0\0\0\x02\0\0\0\x03\0\0\0\x04"),
            (33, b"\0\x01\0\x02\x1f\x90\xc0\x0c"),
            (16, b"\x03abc\x02\xff\x1b"),
        ];
        let message = |kind: u8, data: &[u8]| {
            let mut bytes = b"\0\x07\x85\x80\0\x01\0\x02\0\0\0\0\x03rex\0\0".to_vec();
            bytes.extend([kind, 0, 1]);
            for _ in 0..2 {
                bytes.extend([0xc0, 0x0c, 0, kind, 0, 1, 0, 0, 0, 60, 0, u8::try_from(data.len()).unwrap()]);
                bytes.extend(data);
            }
            bytes
        };
        data.into_iter().map(|(kind, data)| message(kind, data)).collect()
    }

    #[test]
    fn no_answer_is_too_odd() {
        const KINDS: [RecordType; 9] = [
            RecordType::A,
            RecordType::Aaaa,
            RecordType::Cname,
            RecordType::Mx,
            RecordType::Ns,
            RecordType::Ptr,
            RecordType::Soa,
            RecordType::Srv,
            RecordType::Txt,
        ];
        let name = DnsName::parse("rex").unwrap();
        let answers = |bytes: &[u8]| KINDS.map(|kind| Question { id: 7, name: &name, kind }.answer(bytes));
        for (seed, kind) in seeds().iter().zip(KINDS) {
            let answer = Question { id: 7, name: &name, kind }.answer(seed);
            assert!(matches!(&answer, Ok(Some(Answer::Records(records))) if records.len() == 2), "{kind}: {answer:?}");
        }
        fuzz("answers of name servers", &seeds(), |bytes| {
            let told = answers(bytes).into_iter().find(|answer| !matches!(answer, Ok(None)));
            if let Some(Ok(Some(Answer::Records(records)))) = &told {
                for record in records {
                    let shown = record.to_string();
                    assert!(!shown.chars().any(char::is_control), "{shown:?}");
                }
            }
            told.map_or_else(String::new, |answer| match answer {
                Ok(Some(Answer::Records(records))) => {
                    format!("{:?}", records.iter().map(|of| of.data.record_type()).collect::<Vec<_>>())
                }
                Ok(answer) => format!("{answer:?}"),
                Err(malformed) => malformed.0,
            })
        });
    }
}
