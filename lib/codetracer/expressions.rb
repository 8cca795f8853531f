# frozen_string_literal: true

# What the extension asks for each script that it is about to record with --expressions or
# --instructions.
#
# The answer is data alone; the extension keeps it for its hooks. It is called while a script is
# loaded, outside of the program's own code, and leaves nothing behind.
require "prism" if RUBY_VERSION >= "3.4" && !defined?(Prism::VERSION) # see vm_prism.rb
require_relative "expressions/code_list"
require_relative "expressions/core_methods"
require_relative "expressions/names_around"
require_relative "expressions/plan"
require_relative "expressions/syntax_tree"

module CodeTracer
  module Expressions
    TEXT_SIZE_MAX = 240 # characters; the extension takes secrets out before it cuts to less
    # What is raised in other code while a script is planned came for the program.
    OWN_CODE = /\A(?:#{Regexp.escape(__dir__)}\/expressions|<internal:|.*\/prism\/)/.freeze
    FOR_THE_PROGRAM = [SignalException, SystemExit].freeze
    LOCATIONS = Exception.instance_method(:backtrace_locations)
    # By identity: by its hash a class would get one of the ids that objects get in order.
    ALL_LATER = {}.compare_by_identity.tap { |all| all[Object] = :never }.freeze
    MARKS = { value: 0, assignment: 1 }.freeze
    VALUES = 1 # what is wanted: enum rec_expressions_wanted of expressions.h
    CODE = 2
    OWN_SCOPES = %i[top main method class].freeze # types of code that sees no locals around it

    # For the tree of iseqs below `iseq`: an Array of [iseq, words, expressions]. `words` is packed
    # (uint32_t): size of the code, counts of instructions and of sightings, where the body of a
    # method starts; the positions of instructions (with EVENT_BIT where the VM has an event); then
    # four of each sighting: position, from, expression (an index in `expressions`), offsets (value
    # | receiver << 8 | argument << 16 | their count << 24). `expressions` are [name, line, column,
    # last line, last column, mark, names around, `before`]. `text` is the source, `first_line` the
    # number of its first line. A fourth element is what CodeList tells, or nil. `wanted` says which
    # of these; what its instructions are can be told of code without a source, too.
    def self.plan(iseq, text, first_line, wanted = VALUES)
      tree = text && SyntaxTree.parse(text)
      return [] unless tree || wanted.anybits?(CODE)

      names = tree && NamesAround.new(tree)
      found = []
      walk(iseq, []) do |each, data, scopes|
        code = Instructions.new(data)
        shows_values = tree && wanted.anybits?(VALUES)
        described = shows_values ? describe(code, tree, names, first_line - 1) : bare(code)
        list = CodeList.new(data[5], code, scopes) if wanted.anybits?(CODE)
        found << [each, *described, list&.describe(tree, names, first_line - 1)]
      end
      found
    end

    # The same of a script that is loaded: `text` is known of files and eval'd strings, -e has its
    # lines. An eval'd string may count its lines from elsewhere.
    # What other threads raise here waits until it has come to an end.
    def self.plan_script(iseq, text, wanted = VALUES)
      Thread.handle_interrupt(ALL_LATER) { plan_own(iseq, text, wanted) }
    end

    def self.core_methods
      CoreMethods.list
    end

    # Code that is not as it is known, or too deep, goes without.
    def self.plan_own(iseq, text, wanted)
      text ||= iseq.script_lines&.join("")
      plan(iseq, text, iseq.absolute_path ? 1 : iseq.first_lineno, wanted)
    rescue Exception => e # rubocop:disable Lint/RescueException
      raise unless own_fault?(e)

      []
    end

    def self.own_fault?(exception)
      return false if FOR_THE_PROGRAM.any? { |each| each === exception }

      path = LOCATIONS.bind_call(exception)&.first&.path
      path.nil? || OWN_CODE.match?(path)
    end

    # With what to_a tells, and the names of the locals that the code sees, by scope.
    def self.walk(iseq, around, &block)
      data = iseq.to_a
      scopes = [data[10], *(around unless OWN_SCOPES.include?(data[9]))]
      yield iseq, data, scopes
      iseq.each_child { |child| walk(child, scopes, &block) }
    end

    def self.describe(code, tree, names, line_offset)
      plan = Plan.new(code, tree, line_offset)
      numbers = {}
      entries = plan.sightings.flat_map do |seen|
        key = [seen.node, seen.target, seen.before]
        numbers[key] ||= numbers.size
        [seen.position, seen.from, numbers[key], offsets(seen)]
      end
      [words(code, entries), numbers.keys.map do |node, target, before|
        [*expression(tree, node, target, line_offset), names.text(node), before]
      end]
    end

    # Without an expression.
    def self.bare(code)
      [words(code, []), []]
    end

    def self.words(code, entries)
      [code.size, code.all.size, entries.size / 4, code.body_start, *code.marked_positions,
       *entries].pack("L*")
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
      line[0, TEXT_SIZE_MAX]
    end
    private_class_method :plan_own, :own_fault?, :walk, :describe, :bare, :words, :offsets,
                         :expression, :short
  end
end
