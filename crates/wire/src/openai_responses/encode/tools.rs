//! What the client calls the tools that the upstream was given under other names.

use memchr::memmem;

use crate::conversation::CallKind;
use crate::json::{Fault, Kind, Reader, Text};
use crate::translate::Plan;
use crate::translate::names::Names;

/// Joins a namespace and a tool's name where a protocol has no namespaces.
const JOINT: &str = "__";

/// Names as sent, and what they are to the client.
#[derive(Debug)]
pub(super) struct Tools {
    names: Names,
    forms: Vec<(String, CallKind)>,
    spaces: Vec<Space>,
}

/// A tool in a namespace.
#[derive(Debug)]
struct Space {
    flat: String,
    namespace: String,
    name: String,
}

/// A tool to the client.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) name: String,
    pub(super) namespace: Option<String>,
    pub(super) form: CallKind,
}

impl Tools {
    pub(super) fn new(plan: &Plan) -> Self {
        Self { names: plan.names.clone(), forms: plan.forms.clone(), spaces: spaces(&plan.echo) }
    }

    /// The tool that was sent as `sent`.
    pub(super) fn known(&self, sent: &str) -> Known {
        let form = self.forms.iter().find(|(name, _)| name == sent).map_or(CallKind::Function, |(_, form)| *form);
        let name = self.names.tool_back(sent);
        match self.spaces.iter().find(|space| space.flat == name) {
            Some(space) => Known { name: space.name.clone(), namespace: Some(space.namespace.clone()), form },
            None => Known { name: name.to_owned(), namespace: None, form },
        }
    }
}

/// The tools in namespaces among the tools of the request, which `echo` repeats.
fn spaces(echo: &str) -> Vec<Space> {
    let mut spaces = Vec::new();
    if memmem::find(echo.as_bytes(), b"\"namespace\"").is_some() {
        let object = format!("{{{echo}}}");
        // The echo is our own writing; of anything else nothing is known.
        let _ = Reader::new(&object).object::<Fault>(|name, reader| match name {
            "tools" if reader.kind()? == Kind::Array => {
                reader.array(|reader| tool(reader).map(|tool| spaces.extend(tool.spaces())))
            }
            _ => reader.raw().map(drop),
        });
    }
    spaces
}

#[derive(Default)]
struct Declared<'a> {
    kind: Option<Text<'a>>,
    name: Option<Text<'a>>,
    tools: Vec<Self>,
}

fn tool<'a>(reader: &mut Reader<'a>) -> Result<Declared<'a>, Fault> {
    let mut declared = Declared::default();
    if reader.kind()? != Kind::Object {
        reader.raw()?;
        return Ok(declared);
    }
    reader.object::<Fault>(|name, reader| {
        match name {
            "type" => declared.kind = reader.text_or_skip()?,
            "name" => declared.name = reader.text_or_skip()?,
            "tools" if reader.kind()? == Kind::Array => reader.array(|reader| {
                declared.tools.push(tool(reader)?);
                Ok::<(), Fault>(())
            })?,
            _ => drop(reader.raw()?),
        }
        Ok(())
    })?;
    Ok(declared)
}

impl Declared<'_> {
    fn spaces(self) -> Vec<Space> {
        let is_space = self.kind.is_some_and(|kind| kind == *"namespace");
        let Some(namespace) = self.name.filter(|_| is_space).map(|name| name.decoded().into_owned()) else {
            return Vec::new();
        };
        let names = self.tools.into_iter().filter_map(|tool| tool.name).map(|name| name.decoded().into_owned());
        names
            .map(|name| Space { flat: format!("{namespace}{JOINT}{name}"), namespace: namespace.clone(), name })
            .collect()
    }
}
