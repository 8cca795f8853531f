# What coverage_used measures.
def sign(number)
  if number > 0
    :positive
  else
    number.zero? ? :zero : :negative
  end
end

class Covered
  def total(list)
    sum = 0
    list.each do |n|
      sum += n
    end
    sum
  end

  def unused
    list.clear while @never
  end
end
