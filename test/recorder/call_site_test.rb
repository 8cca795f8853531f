# frozen_string_literal: true

# Arguments of calls into C, which are read from the VM's stack: each must be what a method in Ruby,
# put in the place of that in C, is given in a plain run.
#
# ext/…/call_site.c works on control frames and code of a running VM, so it is tested through it:
# there is no C test to link with a VM. A call may show no arguments, but no others. Lines marked
# "told" must show theirs.
require "json"
require_relative "recorder_case"

class CallSiteTest < RecorderCase
  parallelize_me!

  HEAD = <<~'RUBY'
    class Echo < Array
    end
    class Item
      attr_writer :total
    end
    class Sub < Echo
      def push(one, two)
        super # told
      end

      def unshift(one, two)
        super(two, one) # told
      end
    end
    echo = Echo.new
    other = Echo.new
    sub = Sub.new
    item = Item.new
    list = [echo, 7]
    keys = {}
    x = 5
    def pass(echo)
      [echo, yield(echo, 5)]
    end
    def hand(echo)
      [echo, 9, yield(5)]
    end
    def forward(echo, ...)
      [echo, echo.push(...)]
    end
  RUBY
  LINES = <<~'RUBY'.lines.map(&:chomp)
    echo.push # told
    echo.push(x, 7) # told
    echo.push(echo, x, echo) # told
    echo.push(x) { } # told
    echo.push(x, &:to_s) # told
    [echo, 1, echo.push(x, [2, "t"], :b, nil) { |one| one }] # told
    echo&.unshift(x) # told
    echo.push(x, other.push(x, 1), other.first(2).size, x)
    "#{echo.push(x).size} #{echo.unshift(echo.size)}"
    item.total = x
    other.push(*[1, echo, other, x])
    [other, other.push(*[1, other, x])]
    other.push(*list)
    other.push(*list, &:to_s)
    [other, other.push(3, *list, 4)]
    echo.push(*list)
    [echo, echo.push(*list, *list)]
    echo.push(*[])
    [echo, echo.push(*[])]
    echo.push(k: echo)
    [echo, echo.push(x, **keys)]
    [echo, echo.push(echo, **keys)]
    [echo, echo.push(*list, **keys) { }]
    echo.push(x, k: 1, **keys)
    echo.send(:push, x, 8)
    [echo, echo.public_send(:push, x)]
    echo.method(:push).call(x)
    pass(echo, &:push)
    pass(echo, &:unshift)
    hand(echo, &echo.method(:push))
    forward(echo, x, 1)
    forward(echo, echo, k: 1) { }
    sub.push(x, sub)
    [sub, sub.push(*list)]
    sub.unshift(1, sub)
    eval("echo.push(" + (["1"] * 201).join(",") + ")")
    ->(*all) { echo.push(*all) }.call(echo, 1)
    x.then { |one| echo.push(one, *one) }
  RUBY
  GIVEN = ["x", "echo", "other", "'s'", ":b", "nil", "[1, 2]", "*list", "*[x]", "*nil",
           "other.first(1)", "echo.push(x, echo).size"].freeze
  LAST = ["", "", "", ", k: 1", ", **keys", ", &:to_s", ", **keys, &nil"].freeze
  AROUND = ["%s", "[%s]", "[echo, %s]", "[other, echo, %s]", "y = [echo, x, %s]",
            "1.then { |z| [echo, %s] }"].freeze
  GENERATED_COUNT = 150
  METHODS = { "Echo" => %w[push unshift], "Item" => %w[total=] }.freeze
  FUNCTIONS = %w[Array#push Array#unshift Item#total=].freeze

  # Puts a method in Ruby in the place of each in C, and writes down what it is given.
  WITNESS = <<~'RUBY'
    require "json"
    LOG = []
    shown = lambda do |value|
      case value
      when Sub, Echo then value.class.name
      when Array then value.map(&shown)
      when Hash then "Hash"
      when Symbol then ":#{value}"
      else value
      end
    end
    METHODS.each do |name, methods|
      klass = Object.const_set(name, Class.new(name == "Echo" ? Array : Object))
      klass.prepend(Module.new do
        methods.each do |method|
          define_method(method) do |*given, &block|
            place = caller_locations.find { |at| at.path == $0 }
            LOG << [place.lineno, method, shown.call(given)]
            super(*given, &block)
          end
        end
      end)
    end
    at_exit { $stdout.puts(JSON.generate(LOG)) }
  RUBY

  def setup
    super
    skip "Ruby 2.7 keeps calls otherwise" if RUBY_VERSION < "3.0"
  end

  def test_calls_of_every_form
    compare(LINES)
  end

  3.times do |round|
    define_method("test_calls_by_chance_#{round}") do
      random = Random.new(round)
      compare(Array.new(GENERATED_COUNT) { generated_line(random) })
    end
  end

  private

  def generated_line(random)
    given = Array.new(random.rand(1..4)) { GIVEN.sample(random: random) }.join(", ")
    receiver = %w[echo echo other].sample(random: random)
    method = %w[push unshift].sample(random: random)
    call = "#{receiver}.#{method}(#{given}#{LAST.sample(random: random)})"
    format(AROUND.sample(random: random), call)
  end

  def compare(lines)
    path = write_program("program.rb", HEAD + resetting(lines).join("\n"))
    expected = witnessed(path)
    found = recorded(path)
    (HEAD.lines.map(&:chomp) + lines).each_with_index do |line, index|
      METHODS.values.flatten.each do |method|
        key = [index + 1, method]
        compare_calls(line, expected.fetch(key, []), found.fetch(key, []))
      end
    end
    assert_operator found.values.flatten(1).count { |given| !given.empty? }, :>, lines.size / 3
  end

  # What the lists grow to would hide what is given to them.
  def resetting(lines)
    lines.map { |line| "#{line.sub(/ # told\z/, '')}; [echo, other, sub].each(&:clear)" }
  end

  # Calls that C makes, as those of a Method, are not shown.
  def compare_calls(line, expected, found)
    found.each_with_index do |given, index|
      wanted = expected.size == found.size ? [expected[index]] : expected
      assert_includes wanted, given, line unless given.empty?
    end
    assert_equal expected, found, line if line.end_with?("# told")
  end

  def witnessed(path)
    witness = write_program("witness.rb", "METHODS = #{METHODS.inspect}\n#{WITNESS}")
    plain = ruby("-W0", "-r", witness, path)
    assert plain.status.success?, plain.to_s
    calls = JSON.parse(plain.out.lines.last)
    calls.group_by { |number, method, _| [number, method] }
         .transform_values { |entries| entries.map(&:last) }
  end

  def recorded(path)
    run = record("--quiet", "--c-calls", path)
    assert run.status.success?, run.to_s
    FUNCTIONS.flat_map { |function| calls_of(function) }.group_by(&:first)
             .transform_values { |entries| entries.map(&:last) }
  end

  def calls_of(function)
    asked = Command.run(CTRACE, "query", "--json", in_folder("trace"), "calls", function)
    asked.out.lines.map { |line| JSON.parse(line) }.map do |call|
      given = call["args"].reject { |arg| arg["name"] == "self" }
      [[call["caller"]["line"], function[/\w+=?\z/]], given.map { |arg| plain(arg["value"]) }]
    end
  end

  def plain(value)
    return value["type"] if %w[Echo Sub Hash].include?(value["type"])

    case value["kind"]
    when "None" then nil
    when "Int" then value["value"]
    when "String" then value["type"] == "Symbol" ? ":#{value['text']}" : value["text"]
    when "Sequence" then value["elements"].map { |element| plain(element) }
    else value["type"]
    end
  end
end
