# frozen_string_literal: true

# What tests of --expressions have in common: a recording, and what was seen in it.
#
# Read from trace.json and trace_expressions.json as their formats say, by no code of the product.
require_relative "api_case"
require_relative "expression_source"
require "json"

class ExpressionsCase < ApiCase
  def setup
    super
    skip "expressions need Ruby 3.1" if RUBY_VERSION < "3.1"
  end

  # What was seen, in order: [[line, column, last line, last column], value, kind, name].
  def seen(trace = in_folder("trace"))
    events = JSON.parse(File.read(File.join(trace, "trace.json")))
    values = Hash.new { |hash, step| hash[step] = [] }
    names = []
    step = -1
    events.each do |event|
      names << event["VariableName"] if event.key?("VariableName")
      step += 1 if event.key?("Step")
      values[step] << event["Value"] if event.key?("Value")
    end
    read_seen(File.join(trace, "trace_expressions.json"), values, names)
  end

  def read_seen(path, values, names)
    known = {}
    JSON.parse(File.read(path)).flat_map do |each|
      known[each["id"]] = each if each.key?("id")
      next [] if each.key?("id")

      all = values[each["step"]].last(each["seen"].sum(&:last))
      each["seen"].map do |id, count|
        own = all.shift(count)
        told = known[id]
        assert_equal told["name"], names[own[0]["variable_id"]]
        [told.values_at("line", "column", "last_line", "last_column"), text(own[0]["value"]),
         told["kind"], told["name"], own.drop(1).map { |value| text(value["value"]) }]
      end
    end
  end

  def text(value)
    case value["kind"]
    when "Int" then value["i"].to_s
    when "Float" then value["f"].to_s
    when "Bool" then value["b"].to_s
    when "None" then "nil"
    when "String" then value["text"]
    when "Sequence" then "[#{value['elements'].map { |each| text(each) }.join(',')}]"
    when "Error" then value["msg"]
    else "?"
    end
  end

  def record_expressions(program, *words, **options)
    record("--expressions", "--profile", "json", *words, program, **options)
  end

  # [place, value] of each expression that came to one, and what the witness tells of the text.
  def seen_values
    compared(seen.select { |each| each[2] == "value" }.map { |each| each.take(2) })
  end

  def told(text)
    telling = write_program("telling.rb", ExpressionSource.new(text).telling)
    all = Marshal.load(ruby(telling).err.b)
    compared(all.map { |place, value| [place, plain(value)] })
  end

  # The witness's words in the same form; of hashes and objects only the place is compared.
  def plain(inspected)
    return "?" if inspected.match?(/[{}#]|\.\.|\A[A-Z(]/)

    inspected.gsub('\n', "\n").delete('":').gsub(", ", ",")
  end

  def compared(list)
    list.map { |place, value| [place, value.match?(/\?|=>|[A-Z]|\[\[.*\[/) ? "?" : value] }
  end
end
