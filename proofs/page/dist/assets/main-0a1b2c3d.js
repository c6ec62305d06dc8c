document.body.append('A page')
