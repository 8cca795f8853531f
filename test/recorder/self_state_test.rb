# frozen_string_literal: true

# The state of self on each step of a trace against what instance_variables said at that line in a
# plain run under a TracePoint (SelfWitness), by both recorders.
#
# What a step shows is read by the independent reader (EventModel).
require "json"
require_relative "recorder_case"
require_relative "event_model"

class SelfStateTest < RecorderCase
  parallelize_me!

  WITNESS = File.expand_path("self_witness.rb", __dir__)
  MAIN = "Object:\"main\""

  %w[bank interpreter].product(%w[native pure]).each do |program, recorder|
    define_method("test_of_#{program}_by_the_#{recorder}_recorder") do
      path = File.join(PROGRAMS, "#{program}.rb")
      noted = states_noted(path)
      assert_operator noted.size, :>, 30
      assert_equal noted, states_recorded(path, recorder)
    end
  end

  private

  # [line, self in the reader's words] of each line and return.
  def states_noted(path)
    log = in_folder("log")
    run = ruby(WITNESS, log, path)
    assert run.status.success?, run.to_s
    File.readlines(log).map { |line| JSON.parse(line) }.map { |note| [note["line"], words(note)] }
  end

  def words(note)
    fields = note["fields"].map { |name, text| "#{name}: #{text}" }
    return note["class"] == "Object" ? MAIN : "#{note['class']} without" if fields.empty?

    "#{note['class']}{#{fields.join(', ')}}"
  end

  def states_recorded(path, recorder)
    run = record("--recorder", recorder, path)
    assert run.status.success?, run.to_s
    shown = EventModel.new(checked_events).steps.map do |step|
      text = step.values["self"]
      [step.line, plain(text)] unless text.nil? || text.start_with?("Class:")
    end
    shown.compact
  end

  # The same without identities.
  def plain(text)
    return text if text == MAIN

    text.sub(/:"#<\w+ #\d+>"\z|\{#: Identity:\d+, message: String:"[^"]*"\}\z/, " without")
        .sub(/#: Identity:\d+, (?:message: String:"[^"]*", )?/, "")
  end
end
