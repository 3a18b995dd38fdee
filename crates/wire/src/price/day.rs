//! Days, by their number since 1970-01-01.

/// A day, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(u64);

/// Day 0 was a Thursday; Monday is 0 here.
const FIRST_WEEKDAY: u64 = 3;

impl Day {
    /// Before everything: the first price of a model.
    pub const FIRST: Self = Self(0);

    /// The day of a time, seconds since the Unix epoch.
    pub const fn of_unix(unix_s: u64) -> Self {
        Self(unix_s / 86_400)
    }

    /// Monday to Friday.
    pub const fn is_weekday(self) -> bool {
        (self.0 + FIRST_WEEKDAY) % 7 < 5
    }

    /// The day written `2026-10-07`, from 1970 on. Source of the arithmetic: Howard Hinnant, "chrono-Compatible
    /// Low-Level Date Algorithms".
    pub const fn parse(text: &str) -> Option<Self> {
        let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *text.as_bytes() else { return None };
        let (Some(century), Some(year), Some(month), Some(day)) = (two(y1, y2), two(y3, y4), two(m1, m2), two(d1, d2))
        else {
            return None;
        };
        let year = century * 100 + year;
        if year < 1970 || month < 1 || month > 12 || day < 1 || day > 31 {
            return None;
        }
        // Years begin in March, so that the leap day is the last of its year.
        let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let (era, of_era) = (year / 400, year % 400);
        let day_of_year = (153 * month + 2) / 5 + day - 1;
        let day_of_era = of_era * 365 + of_era / 4 - of_era / 100 + day_of_year;
        Some(Self(era * 146_097 + day_of_era - 719_468))
    }

    /// `2026-10-07`
    pub fn text(self) -> String {
        let (year, month, day) = crate::models::civil(self.0);
        format!("{year:04}-{month:02}-{day:02}")
    }

    /// The same for the tables here, where a mistake stops the build.
    #[allow(clippy::panic, reason = "only evaluated while compiling")]
    pub(super) const fn of(text: &str) -> Self {
        match Self::parse(text) {
            Some(day) => day,
            None => panic!("not a day"),
        }
    }
}

const fn two(tens: u8, ones: u8) -> Option<u64> {
    if tens.is_ascii_digit() && ones.is_ascii_digit() {
        Some((tens - b'0') as u64 * 10 + (ones - b'0') as u64)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_follow_the_calendar() {
        for (text, unix) in
            [("1970-01-01", 0), ("2000-02-29", 951_782_400), ("2000-03-01", 951_868_800), ("2026-11-28", 1_795_824_000)]
        {
            assert_eq!(Day::parse(text), Some(Day::of_unix(unix)), "{text}");
            assert_eq!(Day::of_unix(unix).text(), text);
        }
        for text in ["", "2026-1-1", "1969-12-31", "2026-13-01", "2026-00-10", "2026-10-32", "2026/10/01"] {
            assert_eq!(Day::parse(text), None, "{text}");
        }
    }

    #[test]
    fn weekdays_are_monday_to_friday() {
        let is = |text| Day::parse(text).map(Day::is_weekday);
        assert_eq!((is("2026-11-27"), is("2026-11-28"), is("2026-11-29")), (Some(true), Some(false), Some(false)));
        assert_eq!((is("2026-11-30"), is("1970-01-01")), (Some(true), Some(true)));
    }
}
