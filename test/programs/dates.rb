# Date and DateTime: by day number or year, month and day, in both calendars, with offsets and
# fractions, of classes below; what cannot be shown; a library's method that the program replaces.
require "date"

class Holiday < Date
  def year
    raise "asked"
  end
end

class Date
  def inspect
    raise "inspect"
  end

  def to_s
    raise "to_s"
  end

  def strftime(*)
    raise "strftime"
  end
end

by_civil = [Date.new(2024, 2, 29), Date.new(2000, 1, 1), Date.new(1999, 12, 31), Date.new(33, 4, 3)]
by_day = [Date.jd(2_460_000), Date.jd(0), Date.jd(2_299_160), Date.jd(2_299_161), Date.jd(1_721_423)]
by_others = [Date.ordinal(2024, 366), Date.commercial(2020, 53, 7), Date.parse("3rd Feb 2001"),
             Date.valid_date?(2023, 2, 29), Date.new(-1, 3, 4), Date.new(12_345, 6, 7), Date.new(-44, 3, 15)]
calendars = [Date.new(1582, 10, 4) + 1, Date.new(1752, 9, 14, Date::ENGLAND),
             Date.new(1500, 2, 29, Date::JULIAN), Date.new(1500, 3, 1, Date::GREGORIAN),
             Date.jd(2_415_021, Date::JULIAN)]
known_twice = by_civil.map { |date| date + 0 }.each(&:jd) + by_day.map { |date| date + 0 }.each(&:mon)
beyond = [Date.new(-4713, 1, 1), Date.new(10**6, 1, 1), Date.new(10**30, 1, 1), Date.jd(-1)]
times = [DateTime.new(2024, 1, 2, 3, 4, 5), DateTime.new(2024, 1, 2, 3, 4, 5.25, "+02:00"),
         DateTime.new(2023, 12, 31, 23, 30, 0, "-01:30"), DateTime.jd(2_460_000.75)]
times += [times[1].new_offset("-09:00"), times[1].new_offset(0), times[0] >> 1, times[2] + 1,
          times[2] + Rational(1, 86_400 * 1000), DateTime.new(2024, 1, 1, 0, 0, Rational(1, 3)),
          DateTime.new(2024, 1, 1, 24), DateTime.parse("2001-02-03T04:05:06.123456789+07:08")]
asked = times.map { |time| (time + 0).tap(&:hour).tap(&:mday) }
turned = [Time.utc(2020, 5, 6, 7, 8, 9).to_date, Time.utc(2020, 5, 6, 7, 8, 9).to_datetime,
          by_civil[0].to_datetime, times[1].to_date, times[1].dup, by_civil[0].dup.freeze]
below = [Holiday.new(2024, 12, 25), Class.new(DateTime).new(2024, 12, 25, 18)]
infinite = [Date::Infinity.new, (by_civil[1]..by_civil[0])]
marked = Date.new(2024, 3, 1)
marked.instance_variable_set(:@mark, "a leap year")
puts [by_civil, by_day, by_others, calendars, known_twice, beyond, times].map(&:size).inspect
puts [asked, turned, below, infinite].map(&:size).inspect, marked.frozen?
