# frozen_string_literal: true

# What the extension asks for each script that it is about to record with --expressions.
#
# The answer is data alone; the extension keeps it for its hooks. It is called while a script is
# loaded, outside of the program's own code, and leaves nothing behind.
require_relative "expressions/core_methods"
require_relative "expressions/names_around"
require_relative "expressions/plan"
require_relative "expressions/syntax_tree"

module CodeTracer
  module Expressions
    TEXT_SIZE_MAX = 80 # characters
    # What is raised in other code while a script is planned came for the program.
    OWN_CODE = /\A(?:#{Regexp.escape(__dir__)}\/expressions|<internal:|.*\/prism\/)/.freeze
    FOR_THE_PROGRAM = [SignalException, SystemExit].freeze
    LOCATIONS = Exception.instance_method(:backtrace_locations)
    ALL_LATER = { Object => :never }.freeze
    MARKS = { value: 0, assignment: 1 }.freeze

    # For the tree of iseqs below `iseq`: an Array of [iseq, words, expressions]. `words` is packed
    # (uint32_t): size of the code, counts of instructions and of sightings; the positions of
    # instructions (with EVENT_BIT where the VM has an event); then four of each sighting: position,
    # from, expression (an index in `expressions`), offsets (value | receiver << 8 |
    # argument << 16 | their count << 24). `expressions` are [name, line, column, last line,
    # last column, mark, names around, instance variable]. `text` is the source, `first_line` the
    # number of its first line.
    def self.plan(iseq, text, first_line)
      tree = text && SyntaxTree.parse(text)
      return [] unless tree

      names = NamesAround.new(tree)
      found = []
      walk(iseq) { |each| found << describe(each, tree, names, first_line - 1) }
      found
    end

    # The same of a script that is loaded: `text` is known of files and eval'd strings, -e has its
    # lines. An eval'd string may count its lines from elsewhere.
    # What other threads raise here waits until it has come to an end.
    def self.plan_script(iseq, text)
      Thread.handle_interrupt(ALL_LATER) { plan_own(iseq, text) }
    end

    def self.core_methods
      CoreMethods.list
    end

    # Code that is not as it is known, or too deep, goes without.
    def self.plan_own(iseq, text)
      text ||= iseq.script_lines&.join("")
      plan(iseq, text, iseq.absolute_path ? 1 : iseq.first_lineno)
    rescue Exception => e # rubocop:disable Lint/RescueException
      raise unless own_fault?(e)

      []
    end

    def self.own_fault?(exception)
      return false if FOR_THE_PROGRAM.any? { |each| each === exception }

      path = LOCATIONS.bind_call(exception)&.first&.path
      path.nil? || OWN_CODE.match?(path)
    end

    def self.walk(iseq, &block)
      yield iseq
      iseq.each_child { |child| walk(child, &block) }
    end

    def self.describe(iseq, tree, names, line_offset)
      plan = Plan.new(iseq, tree, line_offset)
      numbers = {}
      entries = plan.sightings.flat_map do |seen|
        key = [seen.node, seen.target, seen.variable]
        numbers[key] ||= numbers.size
        [seen.position, seen.from, numbers[key], offsets(seen)]
      end
      code = plan.instructions
      words = [code.size, code.all.size, entries.size / 4, *code.marked_positions,
               *entries].pack("L*")
      [iseq, words, numbers.keys.map do |node, target, variable|
        [*expression(tree, node, target, line_offset), names.text(node), variable]
      end]
    end

    def self.offsets(seen)
      seen.value | seen.receiver << 8 | seen.argument << 16 | seen.argument_count << 24
    end

    def self.expression(tree, node, target, line_offset)
      text = tree.slice(node)
      name = short(target || text)
      [name, node.first_line + line_offset, node.first_column, node.last_line + line_offset,
       node.last_column, MARKS[target ? :assignment : :value]]
    end

    # One line, at most TEXT_SIZE_MAX characters.
    def self.short(text)
      line = text.dup.force_encoding("UTF-8").scrub("?").gsub(/\s+/, " ").strip
      line.size > TEXT_SIZE_MAX ? "#{line[0, TEXT_SIZE_MAX - 1]}…" : line
    end
    private_class_method :plan_own, :own_fault?, :walk, :describe, :offsets, :expression, :short
  end
end
