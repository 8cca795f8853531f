# frozen_string_literal: true

# On which lines blocks have a `break` or `return`, and which lines belong to a `rescue` or an
# `ensure`, as the bytecode of their files tells.
#
# Made by Recorder, used by CallEnds when a block has ended, by Unwindings at the line of a clause.
# A file is looked through when it is compiled.
require_relative "core"

module CodeTracer
  module Pure
    class BlockJumps
      FORMAT = "YARVInstructionSequence/SimpleDataFormat"
      TYPE_INDEX = 9 # in the Array that an iseq becomes
      CLAUSES = %i[block rescue ensure].freeze # they run in the frame of what they stand in
      KINDS = { 1 => :return, 2 => :break }.freeze # the operand of a `throw` instruction

      # Of the blocks on one line: what can end them, whether they can also end in order. And the
      # types of the iseqs that have an event there, whether one is an ensure or stands in one.
      Line = Struct.new(:kinds, :has_leave, :types, :is_inside)

      # Whether the last file that was noted has an `END { ... }`.
      attr_reader :has_end

      def initialize
        @lines = {} # path → line → Line
      end

      # Of a file or a method in it.
      def note(iseq)
        @has_end = false
        walk(iseq.to_a, @lines[iseq.path] ||= {})
      end

      # The same of these blocks alone: line → Line.
      def self.of_blocks(iseqs)
        jumps = new
        iseqs.each_with_object({}) { |iseq, lines| jumps.note_block(iseq.to_a.last, lines) }
      end

      def note_block(body, lines)
        read_block(body, lines)
      end

      # The kinds of jump that a block which ends on this line may have ended by; [] for none.
      def kinds(path, line)
        found = find(path, line)
        found ? found.kinds : []
      end

      # Whether a block may also end there in order.
      def leaves?(path, line)
        found = find(path, line)
        found.nil? || found.has_leave
      end

      # Whether a clause that runs there is a rescue; whether it may be an ensure.
      def rescue?(path, line)
        found = find(path, line)
        found ? found.types.include?(:rescue) && !found.types.include?(:ensure) : false
      end

      def ensure?(path, line)
        found = find(path, line)
        found ? found.is_inside : false
      end

      private

      def find(path, line)
        lines = @lines[path]
        lines && lines[line]
      end

      # `is_inside`: of an ensure, whose blocks and rescues run while a jump is on its way.
      def walk(array, lines, is_inside: false)
        type = array[TYPE_INDEX]
        is_inside = type == :ensure || is_inside && CLAUSES.include?(type)
        read_block(array.last, lines) if type == :block
        @has_end ||= array.last.any? { |element| Array === element && element.first == :once }
        read_lines(array.last, type, lines, is_inside)
        nested(array).each { |inner| walk(inner, lines, is_inside: is_inside) }
      end

      # The iseqs inside: operands of instructions, clauses of the catch table.
      def nested(array)
        array.grep(Array).flat_map { |part| FORMAT == part.first ? [part] : nested(part) }
      end

      def read_lines(body, type, lines, is_inside)
        number = 0
        body.each do |element|
          number = element if Integer === element
          next unless element == :RUBY_EVENT_LINE

          line = lines[number] ||= Line.new([], false, [], false)
          line.types |= [type]
          line.is_inside ||= is_inside
        end
      end

      # `before` is the instruction above, nil where something may jump to.
      def read_block(body, lines)
        targets = branch_targets(body)
        line, before = 0, nil
        body.each do |element|
          line = element if Integer === element
          before = nil if targets.include?(element)
          next unless Array === element

          note_instruction(element, before, lines[line] ||= Line.new([], false, [], false))
          before = element
        end
      end

      def note_instruction(instruction, before, line)
        case instruction.first
        when :throw
          kind = KINDS[instruction.last]
          line.kinds |= [kind] if kind
        when :leave
          line.has_leave = true unless before && before.first == :throw
        end
      end

      # Labels that an instruction names; those of the catch table are not jumped to.
      def branch_targets(body)
        body.grep(Array).flat_map { |instruction| instruction.grep(Symbol).drop(1) }
      end
    end
  end
end
