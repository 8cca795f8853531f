# frozen_string_literal: true

# That Strands finds the same events in one slice and in many, and other events where there are.
#
# The texts are what the oracle prints, by the rules of doc/format/strands.md.
require "minitest"
require_relative "strands"

class StrandsTest < Minitest::Test
  HEAD = ["call <top-level>() a.rb:1", "  step a.rb:1"].freeze
  TAIL = ["  ThreadSwitch 0", "return NilClass:None"].freeze

  # The thread calls `work`, writes and returns, without a switch away.
  def whole(number: 1, text: "one")
    slice(number, [], [
            "    step a.rb:5", "    call work(n=Integer:1) a.rb:5", "      step a.rb:6",
            "        n = Integer:1", "      event 0 \"\" \"#{text}\"",
            "      step a.rb:7", "        n = Integer:1", "        <return_value> = Integer:2",
            "    return Integer:2"
          ])
  end

  # The same, switched away from before it writes and before it returns.
  def in_slices
    work = ["    step a.rb:5", "    call work(n=Integer:1) a.rb:5"]
    suspended = ["    return Suspended:\"continues in a later slice\""]
    [slice(2, work, ["      step a.rb:6", "        n = Integer:1", *suspended]),
     slice(2, work, ["      step a.rb:6", "        n = Integer:1", "      event 0 \"\" \"one\"",
                     *suspended]),
     slice(2, work, ["      step a.rb:7", "        n = Integer:1",
                     "        <return_value> = Integer:2", "    return Integer:2"])].flatten
  end

  def slice(number, opened, lines)
    ["  ThreadSwitch #{number}", "  step a.rb:9", "  call <thread #{number}>() a.rb:9",
     *opened, *lines, "  return NilClass:None"]
  end

  def strands(*parts)
    Strands.of([*HEAD, *parts.flatten, *TAIL].join("\n") + "\n", &:itself)
  end

  def test_slices_are_joined
    expected = strands("  ThreadStart 1", whole, "  ThreadExit 1")
    assert_equal expected, strands("  ThreadStart 2", in_slices, "  ThreadExit 2")
    assert_equal 2, expected.size
    assert_includes expected.last, "call work(n=Integer:1) a.rb:5\n  step a.rb:6\n    n = "
  end

  def test_order_and_numbers_do_not_matter
    assert_equal strands(whole, whole(number: 2, text: "two")),
                 strands(whole(text: "two"), whole(number: 3))
  end

  def test_other_events_differ
    refute_equal strands(whole), strands(whole(text: "two"))
    refute_equal strands(whole), strands(whole, "  ThreadExit 1")
    refute_equal strands(whole), strands(whole, whole(number: 2))
  end

  def test_what_is_no_slice_is_refused
    assert_raises(RuntimeError) { strands("  ThreadSwitch 1", "  step a.rb:9", "  step a.rb:9") }
    closed = slice(2, [], ["    event 0 \"\" \"not inside of work\""])
    assert_raises(RuntimeError) { strands(in_slices.first(9), closed) }
  end

  # Behind a call the main thread stands where the call was made, not on the def line.
  def test_an_event_that_comes_first_behind_a_call
    call = ["  step a.rb:2", "  step a.rb:5", "  call work(n=Integer:1) a.rb:5", "    step a.rb:7",
            "      <return_value> = Integer:2", "  return Integer:2"]
    event = "  event 0 \"\" \"one\""
    assert_equal strands(call, event, whole),
                 strands(call, whole, "  ThreadSwitch 0", "  step a.rb:2", event)
  end

  def test_main_stays_first
    main = strands("  step a.rb:2", whole, "  ThreadSwitch 0", "  step a.rb:3").first
    assert_equal ["call <top-level>() a.rb:1", "  step a.rb:1", "  step a.rb:2", "  step a.rb:3",
                  "return NilClass:None"], main.lines.map(&:chomp)
  end
end
