# frozen_string_literal: true

# A ValueRecord's JSON in words, each value with its type's name and TypeKind: "Integer(7) 1".
#
# Used by the tests of the pure recorder's values.
require "json"

module ShownValue
  # What CodeTracer::Pure::Values tells of types, remembered in order.
  class Types
    def initialize
      @all = []
    end

    def type_id(kind, name, fields)
      type_id(32, "Any", nil) if fields
      type = [kind, name, fields]
      @all.index(type) || (@all.push(type).size - 1)
    end

    def name(id)
      "#{@all[id][1]}(#{@all[id][0]})"
    end

    def fields(id)
      @all[id][2]
    end

    # [kind, name, field names …] each.
    def all
      @all.map(&:flatten).map(&:compact)
    end
  end

  module_function

  def text(json, types)
    value_text(JSON.parse(json), types)
  end

  def value_text(value, types)
    "#{types.name(value['type_id'])}#{content_text(value, types)}"
  end

  def content_text(value, types)
    case value["kind"]
    when "None" then " None"
    when "Int", "Float", "Bool", "String"
      " #{value.values_at('i', 'f', 'b', 'text').compact.first}"
    when "BigInt" then " BigInt #{'-' if value['negative']}#{value['b']}"
    when "Raw", "Error" then " #{value['kind']} #{value['r'] || value['msg']}"
    when "Reference"
      " Reference #{value['address']} #{value_text(value['dereferenced'], types)}"
    else parts_text(value, types)
    end
  end

  def parts_text(value, types)
    parts = (value["elements"] || value["field_values"]).map { |part| value_text(part, types) }
    return "[#{parts.join(', ')}]" if value["kind"] == "Sequence"
    return "<#{parts.join(', ')}>" if value["kind"] == "Tuple"

    "{#{types.fields(value['type_id']).zip(parts).map { |pair| pair.join(' ') }.join(', ')}}"
  end
end
