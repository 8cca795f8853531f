# frozen_string_literal: true

# Rules for Ruby: the size and shape of methods, frozen strings.
#
# Each takes a Source and returns findings ("line: what"). A method is what stands between a `def`
# and the `end` in the same column.
module Tidy
  module RubyRules
    METHOD_LINES_MAX = 30
    PARAMETERS_MAX = 5
    LEVELS_MAX = 3
    INDENT = 2
    DEFINITION = /\A( *)(?:private |protected )?def ([\w.?!=\[\]<>+*-]+)(.*)/.freeze
    BRACKETED = /\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}/.freeze

    RubyMethod = Struct.new(:name, :line, :indent, :parameters, :body)

    module_function

    def method_length(source)
      long = methods(source).select { |method| method.body.size + 2 > METHOD_LINES_MAX }
      long.map { |method| "#{method.line}: #{method.name} has #{method.body.size + 2} lines" }
    end

    def parameters(source)
      greedy = methods(source).select { |method| method.parameters > PARAMETERS_MAX }
      greedy.map { |method| "#{method.line}: #{method.name} takes #{method.parameters} parameters" }
    end

    def levels(source)
      methods(source).flat_map do |method|
        method.body.each_with_index.map do |line, index|
          indent = line[/\A( +)(?:if|unless|while|until|case|for|begin)\b/, 1]
          deep = indent && (indent.size - method.indent) / INDENT > LEVELS_MAX
          "#{method.line + index + 1}: #{method.name} nests deeper than #{LEVELS_MAX}" if deep
        end.compact
      end
    end

    def frozen_strings(source)
      head = source.lines.first(2)
      head.include?("# frozen_string_literal: true") ? [] : ["1: strings are not frozen"]
    end

    def methods(source)
      source.lines.each_index.map { |index| method_at(source.lines, index) }.compact
    end

    def method_at(lines, index)
      match = DEFINITION.match(lines[index])
      return if match.nil? || lines[index] =~ /\bend\s*\z/

      indent = match[1].size
      close = (index + 1...lines.size).find { |at| lines[at] =~ /\A {#{indent}}end\b/ } || index + 1
      count = parameter_count(lines, index, match[3])
      RubyMethod.new(match[2], index + 1, indent, count, lines[(index + 1)...close])
    end

    def parameter_count(lines, index, list)
      while list.count("(") > list.count(")") && index + 1 < lines.size
        index += 1
        list += lines[index].strip
      end
      inside = list[/\A\((.*)\)/, 1].to_s
      inside = inside.gsub(BRACKETED, "") while inside =~ BRACKETED
      inside.strip.empty? ? 0 : inside.count(",") + 1
    end
  end
end
