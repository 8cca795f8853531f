# frozen_string_literal: true

# Put before a program that AssignmentSource has rewritten: notes what is assigned, and does it.
#
# `what` is [place, name]. Texts are made at once: what they tell of may change.
module Witness
  @told = []
  @last = {}
  @numbers = {}.compare_by_identity

  class << self
    attr_reader :told

    # `whose` and `before` are lists of one, or empty.
    def assigned(what, value, whose, before)
      tell(what, value, whose + before)
      value
    end

    def sent(what, method, receiver, keys, value)
      tell(what, value, [receiver, *keys.first(2), *element(receiver, keys),
                         *attribute(what, receiver, method)])
      receiver.__send__(method, *keys, value)
      value
    end

    # What attr_writer's method assigns to, of a class that was last assigned to here.
    def attribute(what, receiver, method)
      last, @last[what] = @last[what], receiver.class
      variable = :"@#{method.name.chomp('=')}"
      return [] if method == :[]= || last != receiver.class

      is_plain = receiver.method(method).parameters == [[:req]]
      return [] unless is_plain && receiver.instance_variable_defined?(variable)

      [receiver.instance_variable_get(variable)]
    end

    # What a plain list or hash has there.
    def element(owner, keys)
      return [] unless keys.size == 1

      key = keys[0]
      if owner.instance_of?(Hash)
        owner.key?(key) ? [owner.fetch(key)] : []
      elsif owner.instance_of?(Array) && key.is_a?(Integer)
        key.between?(-owner.size, owner.size - 1) ? [owner[key]] : []
      else []
      end
    end

    def changed(what, how, receiver, keys)
      method, operator = how
      before = receiver.__send__(method, *keys)
      return before if operator == "||" && before || operator == "&&" && !before

      value = %w[|| &&].include?(operator) ? yield : before.__send__(operator, yield)
      sent(what, :"#{method}=", receiver, keys, value)
    end

    # Of what takes no argument the value is the receiver.
    def mutated(what, method, receiver, *arguments, &block)
      tell(what, arguments.empty? ? receiver : arguments.last,
           arguments.empty? ? [] : [receiver, *arguments[0...-1].first(2)])
      receiver.__send__(method, *arguments, &block)
    end

    def tell(what, value, parts)
      @told << [*what, *[value, *parts].map { |each| text(each, true) }]
    end

    def text(value, whole = false)
      case value
      when nil, true, false, Integer, Float, Regexp then value.inspect
      when String, Symbol then value.to_s.dup
      when Array then "[#{value.map { |each| text(each) }.join(',')}]"
      when Hash then "[#{value.map { |key, each| "(#{text(key)},#{text(each)})" }.join(',')}]"
      when Module then value.name || object(value, whole)
      else value.equal?(TOPLEVEL_BINDING.receiver) ? "main" : object(value, whole)
      end
    end

    def object(value, whole)
      number = @numbers[value] ||= @numbers.size + 1
      return "#{value.class}/#{number}" unless whole

      fields = value.instance_variables.map { |each| [each, value.instance_variable_get(each)] }
      fields.unshift([:message, value.message]) if value.is_a?(Exception)
      fields = value.each_pair.to_a + fields if value.is_a?(Struct)
      "#{value.class}/#{number}(#{fields.map { |name, each| "#{name}=#{text(each)}" }.join(',')})"
    end
  end
end
