# frozen_string_literal: true

# Questions to the traces of two programs, in both layouts, against answers worked out elsewhere.
#
# What the program did is noted by a TracePoint in a plain run (QueryWitness, QueryAnswers); what a
# step shows is read by the independent reader (EventModel). Neither shares code with ctrace.
require "json"
require_relative "recorder_case"
require_relative "event_model"
require_relative "query_answers"

class QueryTest < RecorderCase
  parallelize_me!

  WITNESS = File.expand_path("query_witness.rb", __dir__)
  VARIABLES = { "bank" => %w[amount e from to ann bob missing owner balance],
                "interpreter" => %w[word operator right left source machine e] }.freeze
  FIELDS = { "bank" => %w[@balance @owner @missing], "interpreter" => %w[@stack @variables] }.freeze
  FUNCTIONS = { "bank" => %w[transfer Account#withdraw Account#deposit Account#initialize],
                "interpreter" => %w[Machine#run Machine#step Machine#binary] }.freeze

  REFUSED = { "symbol" => "refused" }.freeze
  CONDITIONS = {
    "bank" => {
      ["transfer", "amount >= 70 and return == :refused"] => ->(_, ending) { ending == REFUSED },
      ["transfer", "amount > 70"] => ->(*) { false },
      ["Account#initialize", "owner != 'Bob'"] => ->(args, _) { args["owner"] != "Bob" },
      ["Account#initialize", "balance<100&&owner==\"Bob\""] => ->(a, _) { a["balance"] < 100 },
      ["Account#deposit", "amount <= 0.5"] => ->(args, _) { args["amount"] <= 0.5 }
    },
    "interpreter" => {
      ["Machine#step", "word > '9'"] => ->(args, _) { args["word"] > "9" },
      ["Machine#binary", "operator == :*"] =>
        ->(args, _) { args["operator"] == { "symbol" => "*" } },
      ["Machine#binary", "operator != :- and return != nil"] =>
        ->(args, _) { args["operator"] != { "symbol" => "-" } },
      ["Machine#run", "return == 24"] => ->(_, ending) { ending == 24 },
      ["Machine#run", "source == 'y'"] => ->(args, _) { args["source"] == "y" }
    }
  }.freeze

  RECORDINGS = {}
  LOCK = Mutex.new
  private_constant :RECORDINGS, :LOCK

  VARIABLES.keys.product(%w[aug26 json]).each do |program, profile|
    %w[variables frames befores fields calls conditions exceptions stacks values
       lines].each do |question|
      define_method("test_#{question}_of_#{program}_as_#{profile}") do
        ask(program, profile)
        send("check_#{question}", program)
      end
    end
  end

  # What is called and what is defined.
  def test_calls_by_either_name
    assert record(File.join(PROGRAMS, "aliases.rb")).status.success?
    called = ->(name) { query("calls", name).map { |call| call["function"] }.tally }
    defined = { "Account#add" => 1, "Account#plus (alias of add)" => 4,
                "Account#deposit (alias of add)" => 1, "Account#+ (alias of add)" => 1 }
    assert_equal defined, called["Account#add"]
    assert_equal({ "Account#plus (alias of add)" => 4 }, called["Account#plus"])
    assert_equal({ "welcome (alias of greet)" => 2 }, called["greet"])
    assert_equal called["greet"], called["welcome (alias of greet)"]
    assert_empty called["dd)"]
  end

  def test_help_and_manual_name_the_same_options
    manual = File.read(File.join(ROOT, "doc", "ctrace.1")).gsub("\\-", "-")
    helps = %w[print query diff verify].map { |name| Command.run(CTRACE, name, "--help").out }
    options = helps.join.scan(/(?<=\s)--?[a-z][a-z-]*\b/).uniq
    assert_operator options.size, :>, 25
    options.each { |option| assert_includes manual, option }
  end

  private

  # All questions are to one recording of a program, which the first to ask makes.
  def ask(program, profile)
    recording = LOCK.synchronize { RECORDINGS[[program, profile]] ||= { lock: Mutex.new } }
    recording[:lock].synchronize { recording[:answers] ||= recorded(program, profile) }
    @trace, @model, @answers = recording[:answers]
  end

  def recorded(program, profile)
    folder = Dir.mktmpdir("codetracer-query-test")
    Minitest.after_run { FileUtils.rm_rf(folder) }
    trace, log = %w[trace log].map { |name| File.join(folder, name) }
    path = File.join(PROGRAMS, "#{program}.rb")
    run = record("-o", trace, "--profile", profile, path)
    assert run.status.success?, run.to_s
    assert ruby(WITNESS, log, path).status.success?
    [trace, EventModel.new(checked_events(trace)), QueryAnswers.new(log)]
  end

  # What is answered in JSON; nothing where there is no answer.
  def query(*words)
    asked = Command.run(CTRACE, "query", "--json", @trace || in_folder("trace"), *words)
    assert_includes ["exit 0", "exit 1"], asked.ending, asked.to_s
    asked.out.lines.map { |line| JSON.parse(line) }
  end

  def check_variables(program)
    VARIABLES.fetch(program).each do |name|
      found = query("writes", name, "--all").map { |write| described(write) }
      assert_equal @answers.variable_writes(name), found, name
    end
  end

  # The first step of a trace is the file's; from then on a step is a line, a call or a return.
  def check_frames(_program)
    @answers.writes_at_lines.each_with_index do |(line, writes), index|
      step = index + 1
      assert_equal line, @model.steps[step].line if line
      name, write = writes && writes.to_a[step % [writes.size, 1].max]
      next unless name

      found = query("writes", name, "--frame", "--before", step.to_s).map { |w| described(w) }
      assert_equal [write].compact, found, "#{name} at step #{step}"
    end
  end

  # As check_frames, but of all calls.
  def check_befores(program)
    @answers.writes_at_lines.each_with_index do |(line, _), index|
      name = VARIABLES.fetch(program)[index % VARIABLES.fetch(program).size]
      next unless line

      found = query("writes", name, "--before", (index + 1).to_s).map { |w| described(w) }
      assert_equal @answers.writes_until(name, index).sort_by(&:to_s), found.sort_by(&:to_s),
                   "#{name} before step #{index + 1}"
    end
  end

  def described(write)
    [*write.values_at("kind", "function"), plain(write["old"]), plain(write["new"]),
     write.dig("by", "line"), write["seen"]["line"]]
  end

  def check_fields(program)
    FIELDS.fetch(program).each do |name|
      found = query("writes", name, "--all").group_by { |write| write["object"] }
      expected = @answers.field_writes(name).group_by { |klass, number, *| [klass, number] }
      assert_equal(expected.keys.map(&:first), found.keys.map { |object| object["class"] }, name)
      expected.values.zip(found.values) { |writes, answers| check_object(name, writes, answers) }
    end
  end

  # Between two steps that show the object it may have been written more than once: an answer then
  # stands for all of these writes, and the lines that made them are among those it tells.
  def check_object(name, writes, answers)
    answers.each do |answer|
      size = writes.index { |write| write[3] == plain(answer["new"]) }
      refute_nil size, "#{name}: #{answer}"
      merged = writes.shift(size + 1)
      assert_equal_or_nil merged.first[2], plain(answer["old"])
      assert_empty merged.map(&:last) - suspects(answer), "#{name}: #{answer}"
    end
    assert_empty writes, name
  end

  def assert_equal_or_nil(expected, actual)
    expected.nil? ? assert_nil(actual) : assert_equal(expected, actual)
  end

  def suspects(answer)
    @model.steps[answer["by"]["step"]..answer["by"]["last_step"]].map(&:line)
  end

  def check_calls(program)
    FUNCTIONS.fetch(program).each do |function|
      found = query("calls", function).map do |call|
        [arguments(call), call["caller"]["line"], ending(call["return"])]
      end
      assert_equal @answers.calls(function), found, function
    end
  end

  def check_conditions(program)
    CONDITIONS.fetch(program).each do |(function, condition), is_met|
      expected = @answers.calls(function).select { |args, _, ending| is_met.call(args, ending) }
      found = query("calls", function, "--where", condition)
      assert_equal(expected.map(&:first), found.map { |call| arguments(call) }, condition)
    end
  end

  def arguments(call)
    pairs = call["args"].map { |arg| [arg["name"], plain(arg["value"])] }
    pairs.to_h.reject { |name, _| name == "self" }
  end

  def ending(value)
    value["kind"] == "Error" ? :unwound : plain(value)
  end

  def check_exceptions(_program)
    found = query("exceptions").map do |raised|
      [raised["text"], raised["line"], raised["function"], raised["left"], raised["next"]["line"]]
    end
    refute_empty found
    assert_equal @answers.exceptions, found
  end

  def check_stacks(_program)
    @model.steps.each_with_index do |step, number|
      found = query("stack", "--at", number.to_s)
      assert_equal step.stack.reverse, found.map { |f| f.values_at("function", "step") }, number
    end
  end

  def check_values(_program)
    @model.steps.each_with_index do |step, number|
      name, value = step.values.to_a[number % [step.values.size, 1].max]
      next unless name

      found = query("value", name, "--at", number.to_s).first
      assert_equal [value, number], [canonical(found["value"]), found["step"]], "step #{number}"
    end
  end

  def check_lines(_program)
    @model.lines.each do |path, line|
      expected = @model.steps.each_with_index.select { |s, _| [s.path, s.line] == [path, line] }
      found = query("line", "#{path}:#{line}").map { |step| [shown_values(step), step["step"]] }
      assert_equal expected.map { |step, number| [step.values, number] }, found, line
    end
  end

  def shown_values(step)
    step["values"].map { |shown| [shown["name"], canonical(shown["value"])] }.to_h
  end

  # A value as QueryWitness notes it.
  def plain(value)
    case value && value["kind"]
    when nil, "None" then nil
    when "Int", "Bool" then value["value"]
    when "String" then value["type"] == "Symbol" ? { "symbol" => value["text"] } : value["text"]
    when "Sequence", "Tuple" then value["elements"].map { |element| plain(element) }
    else { "object" => value["type"] }
    end
  end

  # A value as the independent reader writes it.
  def canonical(value)
    type = value["type"]
    case value["kind"]
    when "None" then "#{type}:None"
    when "Int", "Bool" then "#{type}:#{value['value']}"
    when "Sequence", "Tuple"
      "#{type}[#{value['elements'].map { |element| canonical(element) }.join(', ')}]"
    when "Struct"
      fields = value["fields"].map { |field| "#{field['name']}: #{canonical(field['value'])}" }
      "#{type}{#{fields.join(', ')}}"
    else "#{type}:#{JSON.generate(value['text'])}"
    end
  end
end
