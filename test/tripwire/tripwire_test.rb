# frozen_string_literal: true

# What the extension of `make tripwire` counts in its hooks: that they are watched, whichever way
# lines come, and that a loop that runs ten times as long allocates nothing more.
#
# It writes CODETRACER_TRIPWIRE_COUNTS (test/shims/tripwire_shim.c); no other extension does.
require_relative "../recorder/recorder_case"

class TripwireTest < RecorderCase
  parallelize_me!

  WAYS = { "shortcut" => {}, "hooks" => { "CODETRACER_RUBY_FORCE_HOOKS" => "1" } }.freeze
  COUNTS = /\Ahooks (\d+) asked (\d+) taken (\d+) allocations (\d+)\n\z/.freeze
  ROUNDS = [1000, 10_000].freeze
  LINES_MIN = 2 # a round, of what is recorded
  BODIES = {
    "integers" => "a = b + round\nb = a & 0xffff",
    "heap_values" => <<~RUBY,
      list << round
      list.pop
      list[0] = round
      text << "x"
      text.clear
      hash[:a] = round
      object.instance_variable_set(:@a, round)
    RUBY
    "calls" => "a = add(round, b)\nb = twice { |x| x + 1 }",
    "blocks" => "[1, 2].each do |x|\n  a = x + round\nend\n2.times { |i| b = i }\nadder.call(a)",
    "new_values" => "list = [round]\nhash = { a: list }\ntext = \"t\#{round}\""
  }.freeze
  PROGRAM = <<~RUBY
    def add(left, right)
      left + right
    end
    def twice
      yield(1) + yield(2)
    end
    a = b = 0
    list, text, hash, object = [1, 2, 3], +"text", { a: 1 }, Object.new
    adder = ->(x) { x + 1 }
    Integer(ARGV[0]).times do |round|
    %<body>s
    end
  RUBY

  WAYS.each do |way, env|
    (BODIES.keys - ["new_values"]).each do |body|
      define_method("test_a_loop_of_#{body}_allocates_nothing_by_#{way}") do
        few, many = ROUNDS.map { |rounds| counts(body, rounds, env) }
        assert_equal few.fetch(:allocations), many.fetch(:allocations)
        assert_watched(many, way, body)
      end
    end

    # What is new each time gets a number: tables grow, by doubling.
    define_method("test_new_values_let_tables_grow_by_#{way}") do
      few, many = ROUNDS.map { |rounds| counts("new_values", rounds, env) }
      more = many.fetch(:allocations) - few.fetch(:allocations)
      assert_includes 0..Math.log2(ROUNDS.last).ceil, more
    end
  end

  # Code that ran before another script was compiled is known again by its next event.
  LATE = <<~RUBY
    def add(left, right)
      sum = left + right
      sum * 2
    end
    a = add(1, 2) + add(2, 3)
    eval("nil")
    i = 0
    while i < Integer(ARGV[0])
      a = add(i, 1)
      i += 1
    end
  RUBY

  def test_code_that_is_compiled_late_does_not_end_the_shortcut
    found = counts_of(LATE, ROUNDS.last, {})
    assert_operator found.fetch(:hooks), :<, ROUNDS.last, found.to_s if shortcut?
  end

  private

  def counts(body, rounds, env)
    counts_of(format(PROGRAM, body: BODIES.fetch(body)), rounds, env)
  end

  def counts_of(text, rounds, env)
    program = write_program("p.rb", text)
    path = in_folder("counts.#{rounds}")
    run = record("--quiet", "-o", in_folder("trace.#{rounds}"), program, rounds.to_s,
                 env: { "CODETRACER_TRIPWIRE_COUNTS" => path }.merge(env))
    assert run.status.success?, run.to_s
    hooks, asked, taken, allocations = COUNTS.match(File.read(path)).captures.map(&:to_i)
    { hooks: hooks, asked: asked, taken: taken, allocations: allocations }
  end

  # A block's first line comes by a hook, and what follows a block.
  def assert_watched(found, way, body)
    hooks, asked, taken = found.values_at(:hooks, :asked, :taken)
    assert_operator hooks + taken, :>=, LINES_MIN * ROUNDS.last, found.to_s
    if way == "hooks" || !shortcut?
      assert_equal [0, 0], [asked, taken], found.to_s
    else
      assert_operator asked, :>=, ROUNDS.last, found.to_s
      assert_operator taken, :>=, ROUNDS.last - 1 - ROUNDS.first, found.to_s if body != "blocks"
    end
  end

  # Whether lines come by the shortcut unless it is forbidden: doc/design/line-shortcut.md.
  def shortcut?
    RUBY_VERSION < "3.2"
  end
end
