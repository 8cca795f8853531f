# frozen_string_literal: true

# The differences between the two recorders that the VM forces, each with its name.
#
# Used by ConformanceTest: each takes the canonical events of either recorder and gives back what
# has to be equal. doc/recording.md lists the same names with their reasons; there are no others.
module Differences
  # What the pure recorder cannot ask: the value of an argument without a name.
  NAMELESS = /(?<=[(,] |\()(?:\*{1,2}|&|\(\d+\))=/.freeze
  PROC = /#<Proc(?: #\d+)?(?: [^>\n]*)?>/.freeze
  ENUMERATOR = /(?<=#<)(Enumerator(?:::\w+)* #\d+) [^>\n]*(?:#<[^>]*>[^>\n]*)*(?=>)/.freeze
  IDENTITY = /(?<=#|#: Identity:)\d+\b/.freeze
  # The first line of a report, its backtrace, and the line above that of a thread.
  REPORT = /\A\ *event\ 2\ ""\ "
            (?:[^"]*:\d+:in\ |\\tfrom\ |\#<Thread:0x|[^"]*\((?:[A-Z]\w*(?:::)?)+\)\\n)/x.freeze

  NAMES = %i[
    nameless_arguments error_reports block_parameters overflow_depth threads_at_exit
    other_ractors c_frames enumerators singleton_bodies
  ].freeze
  # What the native recorder shows and the pure one cannot tell: [native, pure] in equal places.
  PAIRS = {
    block_returns: [/./, /\AAbsent:"not captured: the value of a return from a block"\z/],
    jump_ends: [/\AUnwound:"left by (?:break|a return|the end)/, /\ANilClass:None\z/],
    rescue_modifiers: [/"unwound by /, /"unwound by /],
    block_breaks: [/\AUnwound:"left by break"/, /./]
  }.freeze
  # Rescues are told from Ruby 3.3 on, places in a line from Ruby 3.2 on.
  PAIRS_OF_OLD = { rescue_modifiers: "3.3", block_breaks: "3.2" }.freeze
  RETURNED = /\A(?<what> *(?:return |<return_value> = ))(?<value>.*)\n\z/.freeze
  LOST = /"(?:left without a return event|unwound by SystemStackError)/.freeze
  BACKTRACE = /,\\"backtrace\\":\[(?:|.*?\\")\]/.freeze
  # How the calls of a thread end that is still there when the program ends.
  CUT_OFF = /(?:(?:^\ *step\ [^\n]*\n(?:^\ +\S+\ =\ [^\n]*\n)*
              ^\ +<return_value>\ =\ Unwound:"left\ by\ the\ end[^\n]*\n)?
             ^\ *return\ (?:Unwound:"left\ by\ the\ end|Unfinished:)[^\n]*\n)+
             (?=(?:^ThreadExit\n)?\z)/x.freeze
  BODY = /^(?<indent>\ *)step\ [^\n]*\n
          \k<indent>call\ <singleton\ class>\([^\n]*\n
          (?<inner>(?:\k<indent>\ \ [^\n]*\n)*)\k<indent>return\ [^\n]*\n/x.freeze
  OVERFLOW_INDENT = 100 # of the canonical events, two for each open call

  module_function

  def all(events)
    NAMES.reduce(events) { |text, name| send(name, text) }
  end

  # The pure recorder's events, with what it cannot tell as the native one tells it.
  def completed(pure, native)
    told, untold = native.lines, pure.lines
    return pure if told.size != untold.size

    untold.zip(told).map { |line, other| pair?(other, line) ? other : line }.join
  end

  def pair?(native, pure)
    one, other = RETURNED.match(native), RETURNED.match(pure)
    return false unless one && other && one[:what] == other[:what]

    PAIRS.any? do |name, (native_value, pure_value)|
      forgiven?(name) && native_value.match?(one[:value]) && pure_value.match?(other[:value])
    end
  end

  def forgiven?(name)
    Gem::Version.new(RUBY_VERSION) < Gem::Version.new(PAIRS_OF_OLD.fetch(name, "99"))
  end

  # Frames of C functions, of which Ruby 2.7 does not tell a C extension.
  def c_frames(events)
    RUBY_VERSION < "3.0" ? events.gsub(BACKTRACE, "") : events
  end

  # No method of an Enumerator's tells its receiver without asking the receiver.
  def enumerators(events)
    events.gsub(ENUMERATOR) { Regexp.last_match(1) }
  end

  # The pure recorder has no event for the beginning and the end of such a body.
  def singleton_bodies(events)
    return events if RUBY_VERSION < "3.4"

    events = events.sub(BODY) { inside(Regexp.last_match) } while events.match?(BODY)
    events
  end

  def inside(body)
    lines = body[:inner].lines.map { |line| line.delete_prefix("  ") }
    lines.take(lines.rindex { |line| line.start_with?("#{body[:indent]}step ") }).join
  end

  # How deep a stack overflow gets: the hooks need some of the stack. The outer calls are compared.
  def overflow_depth(events)
    return events unless events.match?(LOST)

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
