# frozen_string_literal: true

# The differences between the two recorders that the VM forces, each with its name.
#
# Used by ConformanceTest: each takes the canonical events of either recorder and gives back what
# has to be equal. doc/recording.md lists the same names with their reasons; there are no others.
module Differences
  # What the pure recorder cannot ask: the value of an argument without a name.
  NAMELESS = /(?<=[(,] |\()(?:\*{1,2}|&|\(\d+\))=/.freeze
  PROC = /#<Proc(?: #\d+)?>/.freeze
  IDENTITY = /(?<=#|#: Identity:)\d+\b/.freeze
  # The first line of a report, its backtrace, and the line above that of a thread.
  REPORT = /\A\ *event\ 2\ ""\ "
            (?:[^"]*:\d+:in\ |\\tfrom\ |\#<Thread:0x|[^"]*\((?:[A-Z]\w*(?:::)?)+\)\\n)/x.freeze

  NAMES = %i[
    nameless_arguments error_reports block_parameters overflow_depth threads_at_exit
    other_ractors
  ].freeze
  LOST = "left without a return event"
  # How the calls of a thread end that is still there when the program ends.
  CUT_OFF = /(?:(?:^\ *step\ [^\n]*\n(?:^\ +\S+\ =\ [^\n]*\n)*
              ^\ +<return_value>\ =\ Unwound:"left\ by\ throw[^\n]*\n)?
             ^\ *return\ (?:Unwound:"left\ by\ throw|Unfinished:)[^\n]*\n)+\z/x.freeze
  OVERFLOW_INDENT = 100 # of the canonical events, two for each open call

  module_function

  def all(events)
    NAMES.reduce(events) { |text, name| send(name, text) }
  end

  # How deep a stack overflow gets: the hooks need some of the stack. The outer calls are compared.
  def overflow_depth(events)
    return events unless events.include?(LOST)

    events.lines.grep_v(/\A {#{OVERFLOW_INDENT}}/).join
  end

  # Ruby takes its TracePoints away before it ends the threads that are left. In a strand's text.
  def threads_at_exit(events)
    events.start_with?("call <top-level>") ? events : events.sub(CUT_OFF, "")
  end

  # TracePoints in Ruby fire in the Ractor that they were made in. In a strand's text.
  def other_ractors(events)
    events.start_with?("call <ractor") ? "" : events
  end

  # An argument without a name is not to be had from a binding.
  def nameless_arguments(events)
    events.lines.map { |line| line =~ /\A *call / ? without_nameless(line) : line }.join
  end

  # The VM's own report of an uncaught exception does not pass through any method.
  def error_reports(events)
    events.lines.grep_v(REPORT).join
  end

  # Asking a binding for &block makes the Proc that Ruby puts off making until it is used; it may
  # get its number sooner, and numbers given later differ. They are given anew, in order.
  def block_parameters(events)
    numbers = {}
    events.gsub(PROC, "#<Proc>").gsub(IDENTITY) { |number| numbers[number] ||= numbers.size + 1 }
  end

  def without_nameless(line)
    text = +""
    rest = line
    while (found = NAMELESS.match(rest))
      text << found.pre_match.delete_suffix(", ")
      rest = behind_value(found.post_match)
    end
    text << rest
  end

  # What follows the value that `text` begins with: a comma or bracket outside of all others.
  def behind_value(text)
    depth = 0
    scanner = text.to_enum(:scan, /"(?:\\.|[^"\\])*"|[\[({]|[\])}]|, /)
    scanner.each do |token|
      at = Regexp.last_match.begin(0)
      return text[at..-1] if depth.zero? && [", ", ")"].include?(token)

      depth += 1 if token =~ /\A[\[({]/
      depth -= 1 if token =~ /\A[\])}]/
    end
    ""
  end
end
