# frozen_string_literal: true

# Which values stand on the stack of one iseq, before which instruction, and whose they are.
#
# Made once, when a script is loaded, for the extension's hook, which only looks up positions. What
# an instruction leaves is its node's value, seen before the next instruction. Where code comes
# together (`a && b`) the way there tells which nodes have the value: the position that was seen
# before in the same frame.
require_relative "assignments"
require_relative "instructions"
require_relative "tails"

module CodeTracer
  module Expressions
    class Plan
      ANYWHERE = Sighting::ANYWHERE

      # Instructions that leave one value, by the kind of node whose value it is.
      LEAVES = {
        call: %i[send sendforward opt_send_without_block invokesuper invokesuperforward invokeblock
                 opt_plus opt_minus opt_mult opt_div opt_mod opt_eq opt_neq opt_lt opt_le opt_gt
                 opt_ge opt_ltlt opt_and opt_or opt_aref opt_aref_with opt_length opt_size
                 opt_empty_p opt_succ opt_not opt_regexpmatch2 opt_nil_p opt_str_freeze
                 opt_str_uminus opt_ary_freeze opt_hash_freeze opt_newarray_max opt_newarray_min
                 opt_newarray_send opt_duparray_send],
        match: %i[opt_regexpmatch2 send opt_send_without_block],
        read: %i[getinstancevariable getclassvariable getglobal getspecial opt_getconstant_path
                 opt_setinlinecache],
        text: %i[concatstrings intern toregexp opt_send_without_block once],
        list: %i[newarray newhash newrange send opt_send_without_block],
        defined: %i[defined definedivar pop] # pop: behind the swap with what a rescue would leave
      }.each_with_object(Hash.new { |hash, name| hash[name] = [] }) do |(kind, names), all|
        names.each { |name| all[name] << kind }
      end.freeze

      # Others that leave one.
      PUSHES = /\A(?:getlocal|getblockparam|put|dup)/.freeze

      # Names by which a call may be written otherwise than by its own.
      UNWRITTEN = %i[call lambda].freeze
      ADDED_TO = %i[concatarray concattoarray pushtoarray].freeze # a list, after it was made
      BRACKETED = %i[newarray newhash].freeze # others are of arguments, of several values

      attr_reader :instructions

      def initialize(instructions, tree, line_offset)
        @tree = tree
        @line_offset = line_offset
        @instructions = instructions
        @tails = Tails.new
        @assignments = Assignments.new(tree)
        @ends = Ends.new(@instructions.all, tree)
        @before = {}
        @instructions.all.each_cons(2) { |one, two| @before[two.position] = one }
      end

      # All that is seen, by position, in the order in which it has come about.
      def sightings
        @instructions.all.flat_map do |each|
          [*left_before(each), *result_at(each), *assigned_by(each)]
        end
      end

      private

      def assigned_by(instruction)
        node = node_of(instruction) || keyword_of(instruction)
        [node && @assignments.sighting(instruction, node)].compact
      end

      # `k: v` of a parameter, whose assignment Prism's compiler has by no node: from the value's.
      def keyword_of(instruction)
        before = @before[instruction.position]
        return unless before && instruction.name.start_with?("setlocal")

        node = @tree&.node(before.node_id)
        node = node.around until node.nil? || node.kind == :assign
        node if node && @tree.slice(node).match?(/\A\w+:/)
      end

      # What a block gives back to its caller.
      def result_at(instruction)
        return [] unless instruction.name == :leave && block

        [Sighting.new(instruction.position, ANYWHERE, block, nil, 1, 0, 0, 0)]
      end

      def block
        @block ||= @tree&.block(@instructions.block_id) unless @instructions.empty?
      end

      # The node of an instruction, if it is where the instruction says it is.
      def node_of(instruction)
        node = @tree&.node(instruction.node_id)
        return unless node&.kind

        line = instruction.line - @line_offset
        node if line.between?(node.first_line, node.last_line)
      end

      # ---- values ----

      def left_before(instruction)
        position = instruction.position
        before = @before[position]
        return [] if @instructions.landing?(position) && !defined_result?(before)
        return returned(before, position) if instruction.name == :leave
        return plain(before, position) if @instructions.sources(position).empty? ||
                                          before&.name == :opt_setinlinecache

        joined(before, position)
      end

      # What is rescued there stands for `nil`, which it is then.
      def defined_result?(before)
        before&.name == :pop && node_of(before)&.kind == :defined
      end

      # What a method or block ends with is also of what ends with it.
      def returned(before, position)
        is_joined = !@instructions.sources(position).empty?
        found = is_joined ? joined(before, position) : plain(before, position)
        around = before && leaves_value?(before) ? @tails.around(value_place(before)) : []
        (around - found.map(&:node)).each do |each|
          found << Sighting.new(position, before.position, each, nil, 1, 0, 0, 0)
        end
        found
      end

      def plain(before, position)
        node = before && left_node(before)
        node ? [Sighting.new(position, ANYWHERE, node, nil, 1, 0, 0, 0)] : []
      end

      # Where code comes together: by each way that brings a value, what is of that value.
      def joined(before, position)
        joins = @instructions.sources(position).select { |jump| brings_value?(jump) }
        ended = Nested.new(joins.map { |jump| ended_by(jump) }.compact.uniq)
        ways = joins.map { |jump| [jump, branch_node(jump)] }
        ways << [before, left_node(before)] if before && !Instructions::ENDS.include?(before.name)
        ways.flat_map { |from, node| arrivals(position, from, node, ended) }
      end

      # `dup` and a branch keep what the branch looks at; behind a jump out of a choice stands what
      # the instruction before it has left.
      def brings_value?(jump)
        before = @before[jump.position]
        kind = node_of(jump)&.kind
        return before && leaves_value?(before) if jump.name == :jump

        jump.name.start_with?("branch") && before&.name == :dup && %i[logic call].include?(kind)
      end

      def ended_by(jump)
        node = node_of(jump)
        node if jump.name != :jump || node&.kind == :choice
      end

      # What has the value already when it is jumped from there.
      def branch_node(jump)
        node_of(jump) unless jump.name == :jump
      end

      # Behind any other `pop` is what its statement has found there.
      def leaves_value?(instruction)
        return defined_result?(instruction) if instruction.name == :pop

        LEAVES.key?(instruction.name) || PUSHES.match?(instruction.name)
      end

      # What has this value when code comes to `position` from `from`, the inner before the outer.
      # Where the value is of no node that is shown, what ends with it. `break` and `next` leave
      # what they stand in without a value.
      def arrivals(position, from, node, ended)
        return [] if from.name == :jump && node_of(from)&.kind == :way_out

        inner = node || value_place(from) || ended.only
        return [] unless inner

        around = ended.around(inner).reject { |outer| outer == node }
        around |= @tails.around(inner).select { |outer| @ends.of(outer) <= position } if
          Instructions::ENDS.include?(from.name) || leaves_value?(from)
        [node, *around.sort_by(&:size)].compact.map do |each|
          Sighting.new(position, from.position, each, nil, 1, 0, 0, 0)
        end
      end

      # Of an instruction whose value is not shown, such as a variable's; of a jump, what stood
      # before it.
      def value_place(instruction)
        instruction = @before[instruction.position] if instruction.name == :jump
        return unless instruction

        left_node(instruction) || @tree&.node(instruction.node_id) || skipped_choice(instruction)
      end

      # The `nil` of a choice that has no branch for it stands in no node; what jumps there goes by
      # the choice's first part.
      def skipped_choice(instruction)
        jump = @instructions.sources(instruction.position).first
        outer = jump && @tree&.node(jump.node_id)&.around
        outer = outer.around while outer && !%i[choice sequence].include?(outer.kind)
        outer if outer&.kind == :choice
      end

      def left_node(instruction)
        kinds = LEAVES.fetch(instruction.name) { return }
        node = node_of(instruction)
        node = asked_by(instruction, node) if instruction.name.start_with?("defined")
        node = @tree.read_of(node) if instruction.name.start_with?("get") && node
        node = @tree.call_on(node) if node && instruction.name.start_with?("opt_newarray")
        node if node && kinds.include?(node.kind) && written?(instruction, node)
      end

      # `defined` is of what is asked about; with a rescue around it the value is not here yet.
      def asked_by(instruction, node)
        node = node.around while node && node.kind != :defined
        node unless @instructions.at(instruction.next_position)&.name == :swap
      end

      # Calls that the compiler adds are not in the text: `===` of a case, `to_s`, `deconstruct`.
      def written?(instruction, node)
        return listed?(instruction, node) if BRACKETED.include?(instruction.name)
        return !@tree.slice(node).match?(/\A[:`]/) if instruction.name == :concatstrings

        name = instruction.call[:mid] or return true
        return merged?(instruction, node) if node.kind == :list
        return false if name.start_with?("core#")
        return @tree.slice(node).include?("===") if name == :===
        return name == :=~ if node.kind == :match
        return true if UNWRITTEN.include?(name) || node.kind == :text

        !name.match?(/\A\w/) || @tree.slice(node).include?(name.name.b)
      end

      # A list in brackets; one with `*` or `**` is not whole yet.
      def listed?(instruction, node)
        text = @tree.slice(node)
        return false unless text.match?(/\A[\[{%]/)
        return !text.include?("**") if instruction.name == :newhash

        !text.include?("*") || @instructions.of(instruction.node_id).none? do |each|
          ADDED_TO.include?(each.name)
        end
      end

      # `{ **a, b: 1 }` is put together piece by piece: the last one makes it.
      def merged?(instruction, node)
        return false unless node.kind == :list && instruction.call[:mid].start_with?("core#hash_")

        @instructions.of(instruction.node_id).last.equal?(instruction) &&
          @tree.slice(node).start_with?("{")
      end
    end
  end
end
