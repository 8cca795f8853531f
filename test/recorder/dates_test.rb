# frozen_string_literal: true

# Random dates of both calendars, by both recorders, against what strftime says of them.
#
# The program says it itself, in a variable beside the date; what it asked of the date before
# decides which of its fields the library has worked out.
require_relative "recorder_case"

class DatesTest < RecorderCase
  parallelize_me!

  COUNT = 400
  PURE = File.join(ROOT, "trace.rb")
  PROGRAM = <<~RUBY
    require "date"
    r = Random.new(7)
    minutes = -> { Rational(r.rand(-1439..1439), 1440) }
    #{COUNT}.times do |i|
      sg = [Date::ITALY, Date::ENGLAND, Date::JULIAN, Date::GREGORIAN].sample(random: r)
      day = r.rand(2_200_000..2_500_000)
      date = case i % 5
             when 0 then Date.jd(r.rand(0..20_000_000), sg)
             when 1 then Date.jd(day, sg).then { |x| Date.new(x.year, x.month, x.day, sg) }
             when 2 then DateTime.jd(day, r.rand(24), r.rand(60), r.rand(60), minutes.call, sg)
             when 3 then DateTime.new(r.rand(1..3000), r.rand(1..12), r.rand(1..28), r.rand(25),
                                      0, 0, minutes.call) >> r.rand(-5..5)
             else (DateTime.new(2020, 1, 2) + r.rand(-10**6..10**6)).new_offset(minutes.call)
             end
      date += Rational(r.rand(10**9), 86_400 * 10**9) if date.is_a?(DateTime) && r.rand(2).zero?
      date.send(%i[jd mon ld yday itself].sample(random: r))
      said = date.strftime(date.is_a?(DateTime) ? "%Y-%m-%dT%H:%M:%S.%N%:z" : "%Y-%m-%d")
      said.size
    end
  RUBY
  SHOWN = /^ +date = Date(?:Time)?:"(.*)"$/.freeze
  ZEROS = /(?:\.0+|(?<=[1-9])0+)(?=[+-]\d\d:\d\d$)/.freeze # behind a fraction
  SAID = /^ +said = String:"(.*)"$/.freeze

  { "native" => RECORDER, "pure" => PURE }.each do |name, recorder|
    define_method("test_random_dates_#{name}") do
      ran = ruby(recorder, "-o", in_folder("trace"), write_program("a.rb", PROGRAM))
      assert ran.status.success?, ran.to_s
      shown = nil
      pairs = checked_events.lines.map do |line|
        shown = line[SHOWN, 1] || shown
        line[SAID, 1] && [shown, line[SAID, 1].sub(ZEROS, "")]
      end
      pairs = pairs.compact.uniq
      assert_operator pairs.size, :>, COUNT * 9 / 10
      pairs.each { |one, other| assert_equal other, one }
    end
  end
end
