//! A program, run on the columns of a batch: a loop over all rows for each step.

use std::borrow::Cow;

use etl_sdk::prelude::*;
use etl_sdk::{F64, I64};

use super::{Operator, Program, Step};

/// The values of a column, as they were read.
enum View {
    Integers(I64),
    Floats(F64),
}

/// One number for all rows, or one for each.
enum Numbers<'a, T: Clone> {
    One(T),
    Many(Cow<'a, [T]>),
}

/// What is on the stack.
enum Entry<'a> {
    Integers(Numbers<'a, i64>),
    Floats(Numbers<'a, f64>),
}

impl Program {
    /// The result for each row. `name` is that of its column.
    pub(crate) fn run(&self, batch: &Batch, name: &str) -> Result<Column> {
        let views = self.columns.iter().map(|operand| {
            let column = batch.column(operand.index)?;
            Ok(if operand.integers {
                View::Integers(column.as_i64()?)
            } else {
                View::Floats(column.as_f64()?)
            })
        });
        let views = views.collect::<Result<Vec<_>>>()?;
        let mut validity = views.iter().filter_map(View::validity).fold(None, both);
        let mut stack: Vec<Entry<'_>> = Vec::new();
        for step in &self.steps {
            let entry = match step {
                Step::Integer(value) => Entry::Integers(Numbers::One(*value)),
                Step::Float(value) => Entry::Floats(Numbers::One(*value)),
                Step::Column(slot) => views[*slot].entry(),
                Step::Negate => negated(pop(&mut stack)?, validity.as_ref(), name)?,
                Step::Combine(operator) => {
                    let (right, left) = (pop(&mut stack)?, pop(&mut stack)?);
                    combined(*operator, left, right, &mut validity, name)?
                }
            };
            stack.push(entry);
        }
        match pop(&mut stack)? {
            Entry::Integers(Numbers::Many(values)) => {
                Column::from_i64(values.into_owned(), validity.as_ref())
            }
            Entry::Floats(Numbers::Many(values)) => Column::from_f64(values.into_owned(), validity.as_ref()),
            Entry::Integers(Numbers::One(value)) => Column::constant(value, "l", batch.rows()),
            Entry::Floats(Numbers::One(value)) => Column::constant(value, "g", batch.rows()),
        }
    }
}

impl View {
    fn validity(&self) -> Option<&Mask> {
        match self {
            Self::Integers(values) => values.validity(),
            Self::Floats(values) => values.validity(),
        }
    }

    fn entry(&self) -> Entry<'_> {
        match self {
            Self::Integers(values) => Entry::Integers(Numbers::Many(values.values().into())),
            Self::Floats(values) => Entry::Floats(Numbers::Many(values.values().into())),
        }
    }
}

impl<T: Copy> Numbers<'_, T> {
    fn get(&self, row: usize) -> Option<T> {
        match self {
            Self::One(value) => Some(*value),
            Self::Many(values) => values.get(row).copied(),
        }
    }

    fn map<U: Copy>(&self, change: impl Fn(T) -> U) -> Numbers<'static, U> {
        match self {
            Self::One(value) => Numbers::One(change(*value)),
            Self::Many(values) => Numbers::Many(values.iter().map(|value| change(*value)).collect()),
        }
    }

    fn zip(&self, other: &Self, combine: impl Fn(T, T) -> T) -> Numbers<'static, T> {
        match (self, other) {
            (Self::One(left), _) => other.map(|right| combine(*left, right)),
            (_, Self::One(right)) => self.map(|left| combine(left, *right)),
            (Self::Many(left), Self::Many(right)) => Numbers::Many(
                left.iter().zip(right.iter()).map(|(left, right)| combine(*left, *right)).collect(),
            ),
        }
    }
}

impl Numbers<'_, i64> {
    /// Bits that the widest of the values needs, without the sign.
    fn bits(&self) -> u32 {
        let size = |value: i64| (value ^ value >> 63).cast_unsigned();
        let union = match self {
            Self::One(value) => size(*value),
            Self::Many(values) => values.iter().fold(0, |union, value| union | size(*value)),
        };
        u64::BITS - union.leading_zeros()
    }
}

impl Operator {
    pub(super) fn floats(self, left: f64, right: f64) -> f64 {
        match self {
            Self::Add => left + right,
            Self::Subtract => left - right,
            Self::Multiply => left * right,
            Self::Divide => left / right,
        }
    }
}

impl<'a> Entry<'a> {
    fn floats(self) -> Numbers<'a, f64> {
        match self {
            Self::Floats(values) => values,
            #[expect(clippy::cast_precision_loss, reason = "what floats are for")]
            Self::Integers(values) => values.map(|value| value as f64),
        }
    }
}

fn pop<'a>(stack: &mut Vec<Entry<'a>>) -> Result<Entry<'a>> {
    stack.pop().ok_or_else(|| Error::internal("the expression's steps don't fit together"))
}

#[expect(clippy::unnecessary_wraps, reason = "a step of a fold")]
fn both(left: Option<Mask>, right: &Mask) -> Option<Mask> {
    Some(match left {
        Some(left) => left.and(right),
        None => right.clone(),
    })
}

fn negated<'a>(operand: Entry<'a>, validity: Option<&Mask>, name: &str) -> Result<Entry<'a>> {
    match operand {
        Entry::Floats(values) => Ok(Entry::Floats(values.map(|value| -value))),
        Entry::Integers(values) => {
            integers(Operator::Subtract, &Numbers::One(0), &values, validity, name).map(Entry::Integers)
        }
    }
}

fn combined<'a>(
    operator: Operator,
    left: Entry<'a>,
    right: Entry<'a>,
    validity: &mut Option<Mask>,
    name: &str,
) -> Result<Entry<'a>> {
    if let (Entry::Integers(left), Entry::Integers(right)) = (&left, &right)
        && operator != Operator::Divide
    {
        return integers(operator, left, right, validity.as_ref(), name).map(Entry::Integers);
    }
    let (left, right) = (left.floats(), right.floats());
    if let (Operator::Divide, Numbers::Many(divisors)) = (operator, &right)
        && divisors.contains(&0.0)
    {
        let divisible = Mask::from_fn(divisors.len(), |row| divisors[row] != 0.0);
        *validity = both(validity.take(), &divisible);
    }
    // A loop of its own for each operator.
    Ok(Entry::Floats(match operator {
        Operator::Add => left.zip(&right, |left, right| left + right),
        Operator::Subtract => left.zip(&right, |left, right| left - right),
        Operator::Multiply => left.zip(&right, |left, right| left * right),
        Operator::Divide => left.zip(&right, |left, right| left / right),
    }))
}

/// Checks once for all rows whether the results are sure to fit, and only else each of them.
fn integers(
    operator: Operator,
    left: &Numbers<'_, i64>,
    right: &Numbers<'_, i64>,
    validity: Option<&Mask>,
    name: &str,
) -> Result<Numbers<'static, i64>> {
    let (a, b) = (left.bits(), right.bits());
    match operator {
        Operator::Add if a.max(b) <= 62 => return Ok(left.zip(right, i64::wrapping_add)),
        Operator::Subtract if a.max(b) <= 62 => return Ok(left.zip(right, i64::wrapping_sub)),
        Operator::Multiply if a + b <= 62 => return Ok(left.zip(right, i64::wrapping_mul)),
        _ => {}
    }
    let rows = match (left, right) {
        (Numbers::Many(values), _) | (_, Numbers::Many(values)) => values.len(),
        _ => 1,
    };
    let mut results = Vec::with_capacity(rows);
    for (row, (a, b)) in (0..rows).map_while(|row| left.get(row).zip(right.get(row))).enumerate() {
        results.push(match operator.checked(a, b) {
            Some(result) => result,
            // What a null holds is arbitrary.
            None if validity.is_some_and(|validity| !validity.get(row)) => 0,
            None => {
                let what = format!("{a} {} {b} does not fit a 64-bit integer", operator.sign());
                let error = Error::data(what).column(name).row(row);
                return Err(
                    error.hint("with a point in a number, as in `1.0 *`, it is calculated with floats")
                );
            }
        });
    }
    Ok(Numbers::Many(results.into()))
}
