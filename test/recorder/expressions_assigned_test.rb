# frozen_string_literal: true

# --expressions against a witness of assignments: the same program, rewritten so that each tells
# what it assigns, to what, and what was there.
#
# All that is assigned is compared, in order: place, name, value, whose part, which, what it was.
require_relative "expressions_case"
require_relative "assignment_source"

class ExpressionsAssignedTest < ExpressionsCase
  parallelize_me!

  SNIPPETS = File.join(__dir__, "assignment_snippets.txt")
  WHOLE = %w[test/programs/bank.rb test/programs/interpreter.rb examples/invoices.rb].freeze

  PLAIN_PAIR = /\A\s*@?\w+, @?\w+ = /.freeze

  # Of the 400 orders of the invoices so many that no list of them is cut.
  WHOLE.each do |path|
    define_method("test_#{File.basename(path, '.rb')}") do
      assert_assigned(File.read(File.join(ROOT, path)).sub("take(400)", "take(5)"))
    end
  end

  def test_snippets
    assert_assigned(File.read(SNIPPETS))
  end

  private

  def assert_assigned(text)
    ran = record_expressions(write_program("assigning.rb", text))
    assert ran.status.success?, ran.to_s
    telling = ruby(write_program("telling.rb", AssignmentSource.new(text).telling))
    assert telling.status.success?, telling.to_s
    expected = Marshal.load(telling.err.b)
    assert_operator expected.size, :>, 10
    expected, found = [expected, assigned].map { |list| in_order(list, text.lines) }
    expected.zip(found).each { |one, other| assert_equal one, other }
    assert_equal expected.size, found.size
  end

  # The VM assigns to two plain variables at once from the right, without a list.
  def in_order(list, lines)
    list.chunk_while { |one, other| one[0][0] == other[0][0] }.flat_map do |each|
      each.first[0].then { |line,| PLAIN_PAIR.match?(lines[line - 1]) } ? each.sort : each
    end
  end

  # [[place, name, value, whose part …], …]
  def assigned
    @types = JSON.parse(File.read(in_folder("trace/trace.json"))).filter_map { |each| each["Type"] }
    found = seen.select { |each| each[2] == "assigned" }
    numbers = {}
    found.map do |place, value, _, name, parts|
      texts = [value, *parts].map do |text|
        text.gsub(/\/(#\d+)/) { "/#{numbers[$1] ||= numbers.size + 1}" }
      end
      [place, name, *texts]
    end
  end

  # As AssignmentSource's witness has it.
  def text(value, whole = true)
    case value["kind"]
    when "Sequence" then "[#{value['elements'].map { |each| text(each, false) }.join(',')}]"
    when "Tuple" then "(#{value['elements'].map { |each| text(each, false) }.join(',')})"
    when "Struct" then structure(value, whole)
    when "Raw"
      value["r"].sub(/\A#<(\S+) (#\d+).*>\z/m) { "#{$1}/#{$2}#{'()' if whole}" }
    else super(value)
    end
  end

  def structure(value, whole)
    type = @types[value["type_id"]]
    names = type["specific_info"]["fields"].map { |field| field["name"] }
    fields = names.zip(value["field_values"])
    shown = "#{type['lang_type']}/##{fields.shift[1]['i']}"
    return shown unless whole

    inner = fields.map { |name, each| "#{name}=#{text(each, false)}" }
    "#{shown}(#{inner.join(',')})"
  end
end
