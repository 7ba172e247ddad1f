//! What the values of a JSON text look like.

use std::{fmt, sync::Arc};

use arrow_schema::{DataType, Field, Fields};
use indexmap::IndexMap;
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};

/// The narrowest description of all values seen in one place.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape {
    /// Nothing but nulls.
    Unknown,
    Boolean,
    Integer,
    Float,
    /// Strings, or scalars of several kinds: those are read as they are written.
    Text,
    List(Box<Shape>),
    /// Keys in order of first appearance.
    Object(IndexMap<String, Shape>),
}

impl Shape {
    /// Takes in another value; what can't be one column is an error.
    pub(super) fn merge(&mut self, other: Self) -> Result<(), String> {
        match (&mut *self, other) {
            (_, Self::Unknown) => {}
            (Self::Object(known), Self::Object(other)) => {
                for (key, shape) in other {
                    match known.get_mut(&key) {
                        Some(known) => {
                            known.merge(shape).map_err(|reason| format!("key {key:?}: {reason}"))?;
                        }
                        None => {
                            known.insert(key, shape);
                        }
                    }
                }
            }
            (Self::List(known), Self::List(other)) => known.merge(*other)?,
            (known, other) if *known == Self::Unknown => *known = other,
            (known, other) if known.is_scalar() && other.is_scalar() => {
                if *known != other {
                    let numbers = [Self::Integer, Self::Float];
                    *known = if numbers.contains(known) && numbers.contains(&other) {
                        Self::Float
                    } else {
                        Self::Text
                    };
                }
            }
            (known, other) => return Err(format!("{} here, but {} before", other.name(), known.name())),
        }
        Ok(())
    }

    fn is_scalar(&self) -> bool {
        !matches!(self, Self::List(_) | Self::Object(_))
    }

    /// With an article, for messages.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Unknown => "null",
            Self::Boolean => "a boolean",
            Self::Integer | Self::Float => "a number",
            Self::Text => "a string",
            Self::List(_) => "an array",
            Self::Object(_) => "an object",
        }
    }

    pub(super) fn data_type(&self) -> DataType {
        match self {
            Self::Unknown | Self::Text => DataType::Utf8,
            Self::Boolean => DataType::Boolean,
            Self::Integer => DataType::Int64,
            Self::Float => DataType::Float64,
            Self::List(item) => DataType::List(Arc::new(Field::new_list_field(item.data_type(), true))),
            Self::Object(keys) => DataType::Struct(
                keys.iter().map(|(key, shape)| Field::new(key, shape.data_type(), true)).collect::<Fields>(),
            ),
        }
    }

    /// The keys of an object; nothing else has any.
    pub(super) fn into_keys(self) -> IndexMap<String, Self> {
        if let Self::Object(keys) = self { keys } else { IndexMap::new() }
    }

    /// The path of the first key that `fields` does not have.
    pub(super) fn unknown_key(&self, fields: &Fields) -> Option<String> {
        let Self::Object(keys) = self else { return None };
        keys.iter().find_map(|(key, shape)| match fields.find(key) {
            None => Some(key.clone()),
            Some((_, field)) => shape.unknown_below(field.data_type()).map(|below| format!("{key}.{below}")),
        })
    }

    fn unknown_below(&self, data_type: &DataType) -> Option<String> {
        match (self, data_type) {
            (Self::List(item), DataType::List(field)) => item.unknown_below(field.data_type()),
            (_, DataType::Struct(fields)) => self.unknown_key(fields),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ShapeVisitor)
    }
}

struct ShapeVisitor;

impl<'de> Visitor<'de> for ShapeVisitor {
    type Value = Shape;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Shape, E> {
        Ok(Shape::Unknown)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Shape, E> {
        Ok(Shape::Boolean)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Shape, E> {
        Ok(Shape::Integer)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Shape, E> {
        // Beyond 63 bits a number would lose digits as a float.
        Ok(if i64::try_from(value).is_ok() { Shape::Integer } else { Shape::Text })
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Shape, E> {
        Ok(Shape::Float)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Shape, E> {
        Ok(Shape::Text)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Shape, A::Error> {
        let mut item = Shape::Unknown;
        while let Some(value) = values.next_element()? {
            item.merge(value).map_err(Error::custom)?;
        }
        Ok(Shape::List(Box::new(item)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Shape, A::Error> {
        let mut keys = IndexMap::new();
        while let Some((key, value)) = entries.next_entry()? {
            keys.insert(key, value);
        }
        Ok(Shape::Object(keys))
    }
}
