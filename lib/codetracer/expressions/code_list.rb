# frozen_string_literal: true

# What the instructions of one iseq are, for people who read them: opcode, operands as text, line;
# and the names that tell whether what stands on the stack may be a secret.
#
# Used by expressions.rb for --instructions. Of an instruction whose node is not found, all names of
# its iseq tell.
module CodeTracer
  module Expressions
    class CodeList
      TEXT_SIZE_MAX = 320 # characters; the extension takes secrets out before it cuts to less
      ENVIRONMENT_SIZE = 3 # words between a frame's last local and where locals are counted from
      CALL_FLAGS = { 1 => "ARGS_SPLAT", 2 => "ARGS_BLOCKARG", 4 => "FCALL", 8 => "VCALL",
                     16 => "ARGS_SIMPLE" }.freeze # the bits that mean the same from 3.1 to 3.4
      LOCAL = /\A(?:get|set)(?:local|blockparam)/.freeze
      LABEL = /\Alabel_\d+\z/.freeze
      CODE_MARK = "YARVInstructionSequence/SimpleDataFormat" # another iseq, as to_a tells it
      CONTROL = /[\x00-\x1f\x7f]/.freeze

      # How many words below the stack's end, as it is before or behind an instruction, get a value
      # that may be of what it works with. Those with 0 only take values away, or leave them.
      REACH_USUAL = 1
      REACHES_NONE = /\A(?:pop|set(?!n\z)|branch|jump|nop|adjuststack|leave|throw)/.freeze

      # `scopes` are the names of locals of the iseq and of those around it, the innermost first.
      def initialize(label, instructions, scopes)
        @label = label
        @instructions = instructions
        @scopes = scopes
      end

      # [label, texts of names, [[position, line, opcode, operands, index of its names, how far it
      # reaches], …]]
      def describe(tree, names, line_offset)
        texts = {}
        rows = @instructions.all.map do |each|
          text = names_of(each, tree, names, line_offset)
          [each.position, each.line, each.name.to_s, operands(each),
           texts[text] ||= texts.size, reach(each)]
        end
        [@label.to_s, texts.keys, rows]
      end

      private

      def reach(instruction)
        case instruction.name
        when REACHES_NONE then 0
        when :setn then [instruction.operands[0] + 1, 255].min
        when :reverse, :opt_reverse then [instruction.operands[0], 255].min
        when :swap, :expandarray then 2
        else REACH_USUAL
        end
      end

      def names_of(instruction, tree, names, line_offset)
        node = tree&.node(instruction.node_id)
        line = instruction.line - line_offset
        is_its = node && line.between?(node.first_line, node.last_line)
        is_its ? names.text(node) : own_names
      end

      def own_names
        @own_names ||= begin
          operands = @instructions.all.flat_map(&:operands)
          words = operands.map { |each| each.is_a?(Hash) ? each[:mid] : each }
          (@scopes.flatten + words.grep(Symbol) + words.grep(String) + [@label]).uniq.join(" ")
        end
      end

      def operands(instruction)
        is_local = LOCAL.match?(instruction.name)
        texts = is_local ? [local(instruction)] : instruction.operands.map { |each| operand(each) }
        texts.compact.join(", ").gsub(CONTROL, "?")[0, TEXT_SIZE_MAX]
      end

      # `name@level`, as the VM's own disassembly has it.
      def local(instruction)
        index, level = instruction.operands
        level ||= instruction.name.end_with?("_1") ? 1 : 0
        names = @scopes[level]
        name = names && names[names.size - 1 - (index - ENVIRONMENT_SIZE)]
        "#{name.is_a?(Symbol) ? name : "?"}@#{level}"
      end

      def operand(value)
        case value
        when Hash then value.key?(:orig_argc) ? call(value) : short(value)
        when Array then value[0] == CODE_MARK ? value[5] : list(value)
        when Symbol then LABEL.match?(value) ? "-> #{value.name[6..]}" : value.inspect
        else literal(value)
        end
      end

      def call(data)
        flags = CALL_FLAGS.select { |bit, _| data[:flag].to_i.anybits?(bit) }.values.join("|")
        texts = ["mid:#{data[:mid]}", "argc:#{data[:orig_argc]}"]
        texts << "kw:#{list(data[:kw_arg])}" if data[:kw_arg]
        texts << flags unless flags.empty?
        "<#{texts.join(", ")}>"
      end

      # Where each case goes to, or the parts of a constant's name.
      def list(values)
        "[#{values.map { |each| operand(each) }.join(", ")}]"
      end

      def short(value)
        "{#{value.size} pairs}"
      end

      def literal(value)
        case value
        when nil then "nil"
        when true then "true"
        when false then "false"
        when Integer, Float then value.to_s
        when String then value.inspect
        else "#<#{value.class.name}>"
        end
      end
    end
  end
end
