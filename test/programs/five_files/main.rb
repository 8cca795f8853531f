# Five files that require each other.
require_relative "geometry"

shapes = [Circle.new(2), Rectangle.new(3, 4)]
shapes.each { |shape| puts Report.line(shape) }
puts Geometry.total(shapes)
