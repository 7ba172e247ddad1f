//! The columns of an input or output, and the search for those that a configuration names.

use std::ops::Deref;

use crate::near::did_you_mean;
use crate::{Error, Kind, Result};

/// One column: its name and type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Name of the column.
    pub name: String,
    /// Arrow C data interface format string: "l", "g", "u", "tsu:", ...
    pub format: String,
    /// Whether nulls may occur.
    pub nullable: bool,
    /// Key-value metadata.
    pub metadata: Vec<(String, String)>,
    /// Fields of a list, struct or map.
    pub children: Vec<Field>,
}

impl Field {
    /// A nullable column of a flat type.
    pub fn new(name: impl Into<String>, format: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            format: format.into(),
            nullable: true,
            metadata: Vec::new(),
            children: Vec::new(),
        }
    }

    /// What the column holds.
    pub fn kind(&self) -> Kind {
        Kind::of(&self.format)
    }

    /// This node and all beneath it, depth-first, each with its number of direct children.
    #[cfg(target_arch = "wasm32")]
    pub(crate) fn flatten<'a>(&'a self, out: &mut Vec<(&'a Field, u32)>) {
        out.push((self, u32::try_from(self.children.len()).unwrap_or(u32::MAX)));
        self.children.iter().for_each(|child| child.flatten(out));
    }
}

/// The columns of an input or output, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schema {
    fields: Vec<Field>,
    metadata: Vec<(String, String)>,
}

impl Schema {
    /// A schema of these columns.
    pub fn new(fields: Vec<Field>) -> Self {
        Self { fields, metadata: Vec::new() }
    }

    /// The columns.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Number of columns.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there are no columns.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Key-value metadata of the whole.
    pub fn metadata(&self) -> &[(String, String)] {
        &self.metadata
    }

    /// Position of the column of this name.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }

    /// The column that the configuration names at `path`; else an error with the near miss.
    pub fn column(&self, path: impl Into<String>, name: &str) -> Result<Selected<'_>> {
        let path = path.into();
        if let Some(index) = self.position(name) {
            return Ok(Selected { path, index, field: &self.fields[index], hint: None });
        }
        let near = did_you_mean(name, self.fields.iter().map(|field| field.name.as_str()));
        let error = Error::config(path, format!("there is no column `{name}`{near}"));
        Err(if near.is_empty() { error.hint(self.listing()) } else { error })
    }

    /// The columns that the configuration lists at `path`.
    pub fn columns<S: AsRef<str>>(&self, path: &str, names: &[S]) -> Result<Vec<Selected<'_>>> {
        names
            .iter()
            .enumerate()
            .map(|(at, name)| self.column(format!("{path}.{at}"), name.as_ref()))
            .collect()
    }

    /// The schema with this column replaced, or added at the end if it is new.
    #[must_use]
    pub fn with(mut self, name: &str, format: &str) -> Self {
        let field = Field::new(name, format);
        match self.position(name) {
            Some(index) => self.fields[index] = field,
            None => self.fields.push(field),
        }
        self
    }

    /// The schema without the columns at these positions.
    #[must_use]
    pub fn without(mut self, columns: &[usize]) -> Self {
        let mut index = 0;
        self.fields.retain(|_| {
            index += 1;
            !columns.contains(&(index - 1))
        });
        self
    }

    /// The schema with new names, one for each column in order.
    #[must_use]
    pub fn renamed(mut self, names: &[String]) -> Self {
        self.fields.iter_mut().zip(names).for_each(|(field, name)| field.name.clone_from(name));
        self
    }

    /// From a flattened list of nodes, each with its number of children.
    pub(crate) fn from_flat(flat: Vec<(Field, u32)>, metadata: Vec<(String, String)>) -> Self {
        fn pull(nodes: &mut impl Iterator<Item = (Field, u32)>) -> Option<Field> {
            let (mut field, children) = nodes.next()?;
            field.children = (0..children).map_while(|_| pull(nodes)).collect();
            Some(field)
        }
        let mut nodes = flat.into_iter();
        Self { fields: std::iter::from_fn(|| pull(&mut nodes)).collect(), metadata }
    }

    /// The flattened list of nodes, each with its number of children.
    #[cfg(target_arch = "wasm32")]
    pub(crate) fn flat(&self) -> Vec<(&Field, u32)> {
        let mut out = Vec::with_capacity(self.fields.len());
        self.fields.iter().for_each(|field| field.flatten(&mut out));
        out
    }

    fn listing(&self) -> String {
        const MOST: usize = 12;
        let names =
            self.fields.iter().take(MOST).map(|field| format!("`{}`", field.name)).collect::<Vec<_>>();
        let more = if self.fields.len() > MOST { ", ..." } else { "" };
        format!("the columns are {}{more}", names.join(", "))
    }
}

/// A column that the configuration names: where it is, and where its name stands.
#[derive(Clone, Debug)]
pub struct Selected<'a> {
    path: String,
    index: usize,
    field: &'a Field,
    hint: Option<&'a str>,
}

impl<'a> Selected<'a> {
    /// Position of the column in the input.
    pub fn index(&self) -> usize {
        self.index
    }

    /// The column.
    pub fn field(&self) -> &'a Field {
        self.field
    }

    /// Name of the column.
    pub fn name(&self) -> &'a str {
        &self.field.name
    }

    /// What the column holds.
    pub fn kind(&self) -> Kind {
        self.field.kind()
    }

    /// What to say when the type is wrong.
    #[must_use]
    pub fn hint(mut self, hint: &'a str) -> Self {
        self.hint = Some(hint);
        self
    }

    /// The column, if it holds numbers.
    pub fn numbers(self) -> Result<Self> {
        self.need("numbers", Kind::is_number)
    }

    /// The column, if it holds text.
    pub fn text(self) -> Result<Self> {
        self.need("text", |kind| kind == Kind::Text)
    }

    /// The column, if its type is such; `what` names what is needed: "numbers".
    pub fn need(self, what: &str, such: impl Fn(Kind) -> bool) -> Result<Self> {
        if such(self.kind()) {
            return Ok(self);
        }
        let (name, kind) = (self.name(), self.kind());
        let error = self.error(format!("column `{name}` holds {kind}; this operation needs {what}"));
        Err(match self.hint {
            Some(hint) => error.hint(hint),
            None => error,
        })
    }

    /// An error at the place where the configuration names the column.
    pub fn error(&self, message: impl Into<String>) -> Error {
        Error::config(self.path.clone(), message)
    }
}

/// What an operation is bound against: its input schemas and the run's options. Dereferences to the
/// schema of the first input.
#[derive(Clone, Debug)]
pub struct Input {
    first: Schema,
    options: Vec<(String, String)>,
}

impl Input {
    /// An input of this schema, with the run's options.
    pub fn new(first: Schema, options: Vec<(String, String)>) -> Self {
        Self { first, options }
    }

    /// The schema of the first input.
    pub fn schema(&self) -> &Schema {
        &self.first
    }

    /// An option of the run: "run-timestamp", "batch-rows", ...
    pub fn option(&self, name: &str) -> Option<&str> {
        self.options.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

impl Deref for Input {
    type Target = Schema;

    fn deref(&self) -> &Schema {
        &self.first
    }
}
